"""A matrix as a job for other processes."""

import json
import pickle

import pytest
from cohorts import matrix

from recommender.cli import run


@pytest.fixture
def cohort(tmp_path):
    path = tmp_path / "ratios.parquet"
    matrix(3, 30).T.rename_axis("sample").reset_index().to_parquet(path, row_group_size=10)
    return path


def test_a_matrix_job_can_be_sent_to_another_process(cohort):
    from recommender import load_knowledge
    from recommender.cohort.opening import open_cohort

    job, _ = open_cohort(str(cohort), {"cancer": "LIHC", "scale": "log2_fold_change"}, load_knowledge())
    sent = pickle.loads(pickle.dumps(job))
    assert sent.fingerprint() == job.fingerprint()
    assert sent.settings == job.settings


def test_workers_change_no_byte_of_a_matrix_s_results(cohort, tmp_path):
    given = ["batch", str(cohort), "--cancer", "LIHC", "--scale", "log2_fold_change", "--chunk-size", "10"]
    for workers in "1", "2":
        assert run([*given, "--workers", workers, "--output", str(tmp_path / workers)]) == 0
    for file in (tmp_path / "1").iterdir():
        assert file.read_bytes() == (tmp_path / "2" / file.name).read_bytes()


def test_a_chunk_of_refused_samples_alone_is_scored_at_once(tmp_path, monkeypatch):
    table = matrix(3, 30).T.rename_axis("sample").reset_index()
    table.loc[10:19, "sample"] = "S0"
    table.to_parquet(path := tmp_path / "ratios.parquet", row_group_size=10)
    halved = []
    monkeypatch.setattr("recommender.cohort.running.halving.halves", halved.append)
    given = ["--cancer", "LIHC", "--scale", "log2_fold_change", "--chunk-size", "10"]
    assert run(["batch", str(path), *given, "--output", str(tmp_path / "results")]) == 3
    refused = [json.loads(line) for line in (tmp_path / "results" / "quarantine.jsonl").read_text().splitlines()]
    assert [one["position"] for one in refused] == [0, *range(10, 20)]
    assert not halved
