from hypothesis import given
from hypothesis import strategies as st

from lcms.chunks import cut_chunks
from lcms.kinds import SampleType
from lcms.model import Sample
from strategies import sample_sheets

SIZES = st.integers(1, 12)


@given(sheet=sample_sheets(), size=SIZES)
def test_every_sample_is_in_exactly_one_chunk(sheet: list[Sample], size: int) -> None:
    chunks = cut_chunks(sheet, size)

    chunked = [sample for runs in chunks.values() for sample in runs]
    assert sorted(chunked, key=sheet.index) == sheet


@given(sheet=sample_sheets(), size=SIZES)
def test_a_chunk_holds_one_batch_and_no_more_runs_than_allowed(
    sheet: list[Sample], size: int
) -> None:
    for name, runs in cut_chunks(sheet, size).items():
        assert 1 <= len(runs) <= size
        assert {sample.batch for sample in runs} == {name.rpartition("_")[0]}


@given(sheet=sample_sheets(), size=SIZES)
def test_the_chunks_of_a_batch_give_its_runs_in_the_order_of_the_sheet(
    sheet: list[Sample], size: int
) -> None:
    chunks = cut_chunks(sheet, size)

    for batch in {sample.batch for sample in sheet}:
        names = sorted(name for name in chunks if name.rpartition("_")[0] == batch)
        assert [sample for name in names for sample in chunks[name]] == [
            sample for sample in sheet if sample.batch == batch
        ]


@given(sheet=sample_sheets(min_size=1), size=SIZES, n_new=st.integers(1, 15))
def test_runs_added_at_the_end_of_a_batch_change_its_last_chunk_alone(
    sheet: list[Sample], size: int, n_new: int
) -> None:
    batch = sheet[0].batch
    new = [
        Sample(f"new{n}", f"new{n}.mzML", SampleType.UNKNOWN, batch=batch) for n in range(n_new)
    ]

    before, after = cut_chunks(sheet, size), cut_chunks([*sheet, *new], size)

    last = max(name for name in before if name.rpartition("_")[0] == batch)
    kept = [name for name in before if name != last]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after[last][: len(before[last])] == before[last]


@given(sheet=sample_sheets(), size=SIZES)
def test_a_new_batch_changes_no_chunk_of_the_others(sheet: list[Sample], size: int) -> None:
    new = Sample("new", "new.mzML", SampleType.UNKNOWN, batch="new")

    before, after = cut_chunks(sheet, size), cut_chunks([new, *sheet], size)

    assert after == {"new_0001": (new,), **before}
