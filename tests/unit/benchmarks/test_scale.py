from dataclasses import replace

from scale import Scaled, figure, runs_table
from spent import Spent
from whole_job import Job, jobs_table, made_targets, old_table, peers_table, steps_table


def spent(cpu_s: float) -> Spent:
    return Spent(cpu_s / 2, cpu_s, 200.0)


def test_a_figure_that_misses_is_bold() -> None:
    assert figure(1.2, 1.15, ".2f") == "**1.20, asked 1.15**"
    assert figure(1.1, 1.15, ".2f") == "1.10, asked 1.15"


def test_the_cost_of_a_run_stands_beside_that_at_the_first_number_of_runs() -> None:
    few = Scaled(100, spent(2), spent(10), spent(2))
    many = Scaled(1000, spent(9), spent(120), spent(3))

    table = runs_table([few, many, Scaled(10_000, spent(4))]).splitlines()

    assert "| 0.120 | **1.20, asked 1.15** |" in table[3]
    assert "**9.0, asked 8**" in table[3]
    assert "| not run |" in table[4]


def job() -> Job:
    steps = {"extract": 4.0, "pick": 1.0, "learn": 1.0, "integrate": 2.0, "gather": 1.0}
    return Job(20, 149.0, 20, spent(12.0), spent(2.0), steps, 6, 5.0)


def test_the_start_of_snakemake_is_not_in_the_ratio_and_the_rest_is() -> None:
    assert job().ratio == 2.0
    assert "| 2.0, asked 2.5 |" in jobs_table([job()])
    assert steps_table([job()]).splitlines()[-1].endswith("| 3.0 |")


def test_peers_are_judged_by_the_steps_that_lead_to_areas() -> None:
    table = peers_table(job(), {"slow": spent(8.0), "quick": spent(4.0)})

    assert "| slow | 2.00 | 5.0, asked 3 |" in table
    assert "| quick | 1.00 | **2.5, asked 3** |" in table


def test_an_earlier_commit_stands_beside_the_jobs_that_it_ran() -> None:
    asked = replace(job(), n_files=100, n_targets=2000, old=spent(20.0))

    table = old_table([replace(job(), old=spent(24.0)), asked, job()], "abc").splitlines()

    assert table[-2].split(" | ")[1:4] == ["12.0", "24.0", "0.50"]
    assert table[-1].split(" | ")[1:4] == ["12.0", "20.0", "**0.60, asked 0.5**"]
    assert not old_table([job()], "abc")


def test_made_targets_differ_in_mass() -> None:
    for n in (20, 200, 2000):
        assert len({round(mz, 2) for _, _, mz, _ in made_targets(n)}) == n
