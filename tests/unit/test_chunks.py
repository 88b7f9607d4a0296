import pytest

from lcms.chunks import cut_chunks, fitting_runs
from lcms.kinds import SampleType
from lcms.model import Sample


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


def test_each_batch_can_have_chunks_of_its_own_length() -> None:
    chunks = cut_chunks([*samples("a", "b"), *samples("x", "y", batch="two")], {"1": 1, "two": 2})

    assert ids_of(chunks) == {"1_0001": ["a"], "1_0002": ["b"], "two_0001": ["x", "y"]}


@pytest.mark.parametrize(
    ("size_mb", "n_runs"), [(0.0, 64), (1.5, 64), (140, 32), (180, 16), (1000, 4), (9000, 1)]
)
def test_the_larger_the_files_the_fewer_runs_a_job_works_on(size_mb: float, n_runs: int) -> None:
    assert fitting_runs([size_mb]) == n_runs


def test_one_mended_file_moves_no_chunk() -> None:
    whole = [120.0, 140.0, 160.0, 150.0]

    assert fitting_runs([*whole, 0.0]) == fitting_runs([*whole, 140.0])
