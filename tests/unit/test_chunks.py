from lcms.chunks import cut_chunks
from lcms.model import Sample, SampleType


def samples(*ids: str, batch: str = "1") -> list[Sample]:
    return [Sample(name, f"{name}.mzML", SampleType.UNKNOWN, batch=batch) for name in ids]


def ids_of(chunks: dict[str, tuple[Sample, ...]]) -> dict[str, list[str]]:
    return {name: [sample.sample_id for sample in runs] for name, runs in chunks.items()}


def test_a_batch_is_cut_in_the_order_of_the_sheet_and_the_last_chunk_may_be_shorter() -> None:
    chunks = cut_chunks(samples("c", "a", "b", "e", "d"), 2)

    assert ids_of(chunks) == {"1_0001": ["c", "a"], "1_0002": ["b", "e"], "1_0003": ["d"]}


def test_no_chunk_holds_runs_of_two_batches_even_where_the_sheet_mixes_them() -> None:
    first, second = samples("a", "b"), samples("x", "y", batch="two")

    chunks = cut_chunks([first[0], second[0], first[1], second[1]], 20)

    assert ids_of(chunks) == {"1_0001": ["a", "b"], "two_0001": ["x", "y"]}


def test_no_samples_make_no_chunks() -> None:
    assert cut_chunks([], 20) == {}
