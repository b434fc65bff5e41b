"""The command line: exit statuses, streams, files, options, help."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recommender import __version__
from recommender.cli import cli, run
from recommender.cli import recommend_command as module
from recommender.errors import EngineError, Problem
from recommender.schemas import SCHEMAS

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = [name for name in cli.list_commands(None) if name != "knowledge"]
PROFILE: dict[str, Any] = {
    "sample_id": "HCC-0042",
    "cancer": "hepatocellular carcinoma",
    "disease_state": "relapsed_refractory",
    "specimen": "tumor_tissue",
    "scale": "log2_fold_change",
    "reference": {"kind": "normal_cohort", "samples": 50},
    "expression": {"hsa-miR-221-3p": 2.5, "hsa-miR-122-5p": -2.0},
}
LEAD = "inhibit:hsa-miR-221-3p"


@pytest.fixture
def tumor(tmp_path):
    """Write the profile, some fields changed or (with ...) left out, and return its path."""

    def write(name: str = "tumor.json", **changes: Any) -> str:
        fields = {key: value for key, value in {**PROFILE, **changes}.items() if value is not ...}
        path = tmp_path / name
        path.write_text(json.dumps(fields), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def call(capsys):
    """Run the command line; return exit status, standard output and the lines on standard error."""

    def from_arguments(*arguments: str) -> tuple[int, str, list[str]]:
        capsys.readouterr()
        status = run(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err.splitlines()

    return from_arguments


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m recommender`` in a process of its own."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([sys.executable, "-m", "recommender", *arguments], timeout=60, check=False, **options)


# ---------------------------------------------------------------- 0: done


def test_a_recommendation_exits_with_0_and_says_nothing_on_standard_error(call, tumor):
    status, out, err = call("recommend", tumor())
    assert (status, err) == (0, [])
    assert "HCC-0042" in out


@pytest.mark.parametrize("expression", [{"hsa-miR-221-3p": None}, {"hsa-miR-9999": 3.0}, {"what is this": 1}])
def test_insufficient_data_is_a_result_and_exits_with_0(call, tumor, expression):
    status, out, err = call("recommend", tumor(expression=expression), "--format", "json")
    assert (status, err) == (0, [])
    assert json.loads(out)["outcome"] == "insufficient_data"


def test_text_is_the_default_format(call, tumor):
    path = tumor()
    assert call("recommend", path) == call("recommend", path, "--format", "text")
    assert call("recommend", path)[1].startswith("HCC-0042: miRNA-therapy strategies\n====")


def test_json_is_one_object_and_a_line_end(call, tumor):
    _, out, _ = call("recommend", tumor(), "--format", "json")
    assert out.startswith("{")
    assert out.endswith("}\n")
    result = json.loads(out)
    assert result["schema"] == "recommendation/1"
    assert result["strategies"][0]["id"] == LEAD


def test_markdown_has_headings_and_a_table(call, tumor):
    _, out, _ = call("recommend", tumor(), "--format", "markdown")
    assert out.startswith("# HCC-0042: miRNA-therapy strategies\n")
    assert "\n## Ranked strategies\n" in out
    assert "\n| 1 | inhibit hsa-miR-221-3p | up |" in out


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_every_format_says_that_it_is_for_research_only_and_ends_with_one_line_end(call, tumor, format_):
    _, out, _ = call("recommend", tumor(), "--format", format_)
    assert "Research use only." in out
    assert "Not a medical device." in out.replace("\n", " ")
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_no_path_of_the_machine_is_in_the_output(call, tumor, tmp_path, format_):
    settings = tmp_path / "mine.toml"
    settings.write_text("[fold_change]\nmin_abs_log2_ratio = 1.5\n", encoding="utf-8")
    status, out, _ = call("recommend", tumor(), "--settings", str(settings), "--format", format_)
    assert status == 0
    assert str(tmp_path) not in out
    assert str(ROOT) not in out


# ---------------------------------------------------------------- 1: refused


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sample_id": ""}, "sample_id"),
        ({"cancer": "no such tumor"}, "cancer"),
        ({"scale": "counts"}, "reference"),
        ({"tumour": "liver"}, "tumour"),
    ],
)
def test_a_refused_profile_exits_with_1_and_prints_nothing(call, tumor, changes, words):
    status, out, err = call("recommend", tumor(**changes))
    assert (status, out) == (1, "")
    assert len(err) == 1
    assert words in err[0]


@pytest.mark.parametrize("option", ["--reference", "--settings"])
def test_a_missing_file_behind_an_option_exits_with_1(call, tumor, option):
    status, out, err = call("recommend", tumor(scale="counts"), option, "nowhere.file")
    assert (status, out) == (1, "")
    assert len(err) == 1
    assert "nowhere.file" in err[0]


def test_knowledge_that_is_refused_exits_with_1(call, tumor, monkeypatch):
    from recommender.errors import KnowledgeError

    def refuse(*_: Any, **__: Any) -> None:
        raise KnowledgeError([Problem("claims.tsv, line 7", "x", "y"), Problem("claims.tsv, line 8", "x", "y")])

    monkeypatch.setattr(module, "recommend", refuse)
    status, out, err = call("recommend", tumor())
    assert (status, out) == (1, "")
    assert [line.split(": found")[0] for line in err] == ["error: claims.tsv, line 7", "error: claims.tsv, line 8"]


# ---------------------------------------------------------------- 2: wrong usage


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["recomend", "x.json"],
        ["recommend"],
        ["recommend", "a.json", "b.json"],
        ["recommend", "a.json", "--format", "pdf"],
        ["recommend", "a.json", "--no-such-option"],
        ["recommend", "a.json", "--disease-state", "ill"],
        ["recommend", "a.json", "--scale", "log2"],
        ["recommend", "a.json", "--specimen", "blood"],
        ["recommend", "a.json", "--output"],
        ["schema"],
        ["schema", "nothing"],
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_wrong_usage_exits_with_2_and_is_told_on_standard_error(call, arguments):
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert any(line.startswith(("Usage: mirna-recommender", "Error: ")) for line in err)


# ---------------------------------------------------------------- 4: output cannot be written


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_missing_output_folder_exits_with_4(call, tumor, tmp_path):
    path = tumor()
    status, out, err = call("recommend", path, "--output", str(tmp_path / "nowhere" / "out.txt"))
    assert (status, out) == (4, "")
    assert len(err) == 1
    assert "out.txt" in err[0]
    assert listing(tmp_path) == ["tumor.json"]


def test_a_file_in_place_of_the_output_folder_exits_with_4(call, tumor):
    path = tumor()
    status, out, err = call("recommend", path, "--output", path + "/out.txt")
    assert (status, out, len(err)) == (4, "", 1)


def test_a_folder_in_place_of_the_output_exits_with_4_and_leaves_nothing_behind(call, tumor, tmp_path):
    (tmp_path / "out").mkdir()
    status, out, err = call("recommend", tumor(), "--output", str(tmp_path / "out"))
    assert (status, out, len(err)) == (4, "", 1)
    assert listing(tmp_path) == ["out", "tumor.json"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_leave_to_write_exits_with_4(call, tumor, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    status, out, err = call("recommend", tumor(), "--output", str(closed / "out.txt"))
    assert (status, out, len(err)) == (4, "", 1)


@pytest.mark.parametrize("step", ["os.replace", "os.fdopen", "tempfile.mkstemp"])
def test_a_full_disk_exits_with_4_and_leaves_the_old_file_whole(call, tumor, tmp_path, monkeypatch, step):
    path, old = tumor(), tmp_path / "out.txt"
    old.write_text("old", encoding="utf-8")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(step, full)
    status, out, err = call("recommend", path, "--output", str(old))
    assert (status, out, len(err)) == (4, "", 1)
    assert "No space left" in err[0]
    assert old.read_text(encoding="utf-8") == "old"
    assert listing(tmp_path) == ["out.txt", "tumor.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_standard_output_exits_with_4_in_one_line(tumor):
    with Path("/dev/full").open("wb") as full:
        done = python("recommend", tumor(), stdout=full)
    assert done.returncode == 4
    assert len(done.stderr.decode().splitlines()) == 1


def test_a_closed_pipe_exits_with_4_and_no_traceback(tumor):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = python("recommend", tumor(), stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode == 4
    assert len(done.stderr.decode().splitlines()) <= 1


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="there is no shell to close a stream")
@pytest.mark.parametrize(("profile", "closed", "status"), [("-", "<&-", 1), (None, ">&-", 4)])
def test_a_closed_stream_is_an_unreadable_file_or_an_unwritable_one(tumor, profile, closed, status):
    command = [sys.executable, "-m", "recommender", "recommend", profile or tumor()]
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {shlex.join(command)} {closed}"], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == status
    assert len(done.stderr.decode().splitlines()) == 1


# ---------------------------------------------------------------- --output


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_output_writes_the_bytes_of_standard_output_and_nothing_else(tumor, tmp_path, capsysbinary, format_):
    path, target = tumor(sample_id="肝|<b>"), tmp_path / "out"
    assert run(["recommend", path, "--format", format_]) == 0
    printed = capsysbinary.readouterr().out
    assert run(["recommend", path, "--format", format_, "--output", str(target)]) == 0
    assert capsysbinary.readouterr() == (b"", b"")
    assert target.read_bytes() == printed
    assert listing(tmp_path) == ["out", "tumor.json"]


def test_output_replaces_an_older_file_whole(call, tumor, tmp_path):
    path, target = tumor(), tmp_path / "out.json"
    target.write_text("x" * 1_000_000, encoding="utf-8")
    assert call("recommend", path, "--format", "json", "--output", str(target)) == (0, "", [])
    assert json.loads(target.read_text(encoding="utf-8"))["strategies"][0]["id"] == LEAD


def test_a_refused_profile_leaves_the_output_alone(call, tumor, tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old", encoding="utf-8")
    assert call("recommend", tumor(sample_id=""), "--output", str(target))[0] == 1
    assert target.read_text(encoding="utf-8") == "old"


def test_the_output_file_has_the_mode_of_any_new_file(call, tumor, tmp_path):
    plain, target = tmp_path / "plain", tmp_path / "out.txt"
    plain.touch()
    call("recommend", tumor(), "--output", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_output_through_a_link_writes_the_file_it_points_to(call, tumor, tmp_path):
    (tmp_path / "results").mkdir()
    link, target = tmp_path / "latest.txt", tmp_path / "results" / "out.txt"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    assert call("recommend", tumor(), "--output", str(link))[0] == 0
    assert link.is_symlink()
    assert "HCC-0042" in target.read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_output_to_a_pipe_or_device_writes_into_it_and_never_replaces_it(call, tumor, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        call("recommend", tumor(), "--output", str(pipe))
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_schema_can_be_written_to_a_file_too(call, tmp_path):
    target = tmp_path / "profile.schema.json"
    assert call("schema", "profile", "--output", str(target)) == (0, "", [])
    assert json.loads(target.read_text(encoding="utf-8")) == json.loads(call("schema", "profile")[1])
    assert call("schema", "profile", "--output", str(tmp_path / "nowhere" / "x"))[0] == 4


# ---------------------------------------------------------------- 70 and 130


@pytest.mark.parametrize(
    "error", [RuntimeError("broken\nin two lines"), KeyError("x"), AssertionError(), ZeroDivisionError()]
)
def test_a_crash_exits_with_70_in_one_line_that_says_how_to_report_it(call, tumor, monkeypatch, error):
    def crash(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(module, "recommend", crash)
    status, out, err = call("recommend", tumor())
    assert (status, out) == (70, "")
    assert len(err) == 1
    assert type(error).__name__ in err[0]
    assert "report" in err[0]
    assert "Traceback" not in err[0]


def test_a_failing_matcher_exits_with_70_and_gives_no_answer(call, tumor, monkeypatch):
    def fail(*_: Any, **__: Any) -> None:
        raise EngineError(Problem("matcher", "an error", "an answer"))

    monkeypatch.setattr(module, "recommend", fail)
    status, out, err = call("recommend", tumor())
    assert (status, out, len(err)) == (70, "", 1)
    assert "report" in err[0]


def test_a_crash_leaves_the_output_alone(call, tumor, tmp_path, monkeypatch):
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError

    path = tumor()
    monkeypatch.setattr(module, "recommend", crash)
    assert call("recommend", path, "--output", str(tmp_path / "out"))[0] == 70
    assert listing(tmp_path) == ["tumor.json"]


def test_an_interruption_exits_with_130_in_one_line(call, tumor, monkeypatch):
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "recommend", interrupt)
    assert call("recommend", tumor()) == (130, "", ["interrupted"])


# ---------------------------------------------------------------- options that fill what the file does not say


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("--cancer", "cancer", "hepatocellular carcinoma"),
        ("--disease-state", "disease_state", "relapsed_refractory"),
        ("--specimen", "specimen", "tumor_tissue"),
        ("--scale", "scale", "log2_fold_change"),
    ],
)
def test_an_option_says_what_the_file_does_not(call, tumor, option, field, value):
    said = call("recommend", tumor(), "--format", "json")
    filled = call("recommend", tumor(**{field: ...}), option, value, "--format", "json")
    assert said[0] == 0
    assert filled == said


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("--cancer", "cancer", "lung cancer"),
        ("--disease-state", "disease_state", "newly_diagnosed"),
        ("--specimen", "specimen", "exosome"),
        ("--scale", "scale", "z_score"),
    ],
)
def test_an_option_that_contradicts_the_file_is_refused_with_both_values(call, tumor, option, field, value):
    status, out, err = call("recommend", tumor(), option, value)
    assert (status, out, len(err)) == (1, "", 1)
    assert field in err[0]
    assert value in err[0]
    assert str(PROFILE[field]) in err[0]
    assert option in err[0]


def test_an_option_that_repeats_the_file_is_taken(call, tumor):
    path = tumor()
    assert call("recommend", path, "--cancer", PROFILE["cancer"]) == call("recommend", path)


def test_all_contradictions_are_listed_at_once(call, tumor):
    _, _, err = call("recommend", tumor(), "--cancer", "lung cancer", "--scale", "z_score", "--specimen", "exosome")
    assert sorted(line.split(": found")[0].rsplit(", ")[-1] for line in err) == ["cancer", "scale", "specimen"]


def test_a_contradiction_is_listed_with_the_other_problems_of_the_file(call, tumor):
    status, _, err = call("recommend", tumor(sample_id=""), "--cancer", "lung cancer")
    assert status == 1
    assert len(err) == 2


def test_without_the_option_the_missing_field_is_named(call, tumor):
    status, _, err = call("recommend", tumor(cancer=...))
    assert status == 1
    assert "cancer: found nothing" in err[0]


def test_an_unknown_cancer_as_option_is_refused(call, tumor):
    status, _, err = call("recommend", tumor(cancer=...), "--cancer", "no such tumor")
    assert (status, len(err)) == (1, 1)
    assert "no such tumor" in err[0]


# ---------------------------------------------------------------- reference


NORMALS = "miRNA\t" + "\t".join(f"N{i}" for i in range(12)) + "\nhsa-miR-221-3p" + "\t255.0" * 12 + "\n"


def test_abundances_are_compared_with_the_reference_of_the_option(call, tumor, tmp_path):
    normals = tmp_path / "normals.tsv"
    normals.write_text(NORMALS, encoding="utf-8")
    path = tumor(scale="reads_per_million", reference=..., expression={"hsa-miR-221-3p": 1023})
    arguments = ("recommend", path, "--reference", str(normals), "--reference-scale", "reads_per_million")
    status, out, err = call(*arguments, "--format", "json")
    assert (status, err) == (0, [])
    lead = json.loads(out)["strategies"][0]
    assert (lead["id"], lead["value"], lead["gate"]) == (LEAD, 2.0, "clear")


def test_the_scale_of_the_reference_may_be_declared(call, tumor, tmp_path):
    normals = tmp_path / "normals.tsv"
    normals.write_text(NORMALS.replace("255.0", "8.0"), encoding="utf-8")
    path = tumor(scale="reads_per_million", reference=..., expression={"hsa-miR-221-3p": 1023})
    assert call("recommend", path, "--reference", str(normals))[0] == 1
    declared = ("--reference-scale", "log2_reads_per_million")
    status, out, _ = call("recommend", path, "--reference", str(normals), *declared, "--format", "json")
    assert status == 0
    assert json.loads(out)["strategies"][0]["value"] == 2.0


def test_a_reference_for_what_is_already_relative_is_refused(call, tumor, tmp_path):
    normals = tmp_path / "normals.tsv"
    normals.write_text(NORMALS, encoding="utf-8")
    status, _, err = call("recommend", tumor(), "--reference", str(normals))
    assert (status, len(err)) == (1, 1)
    assert "already relative" in err[0]


# ---------------------------------------------------------------- standard input


def test_a_dash_reads_standard_input(call, tumor, monkeypatch):
    expected = call("recommend", tumor(), "--format", "json")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PROFILE).encode())))
    assert call("recommend", "-", "--format", "json") == expected


def test_a_refusal_of_standard_input_names_it(call, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"not JSON")))
    status, _, err = call("recommend", "-")
    assert (status, len(err)) == (1, 1)
    assert err[0].startswith("error: standard input, line 1: found 'not JSON'; expected ")


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda c: c[0] if c else "root")
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_exits_with_0_on_standard_output(call, command, option):
    status, out, err = call(*command, option)
    assert (status, err) == (0, [])
    assert out.startswith("Usage: mirna-recommender")


def test_the_help_names_every_command_with_what_it_does(call):
    _, out, _ = call("--help")
    lines = dict(line.split(maxsplit=1) for line in out.partition("Commands:\n")[2].splitlines())
    assert set(COMMANDS) <= set(lines)
    assert all(lines.values())


def examples(call: Any, command: list[str]) -> list[str]:
    """Return the example lines of a command's help."""
    _, out, _ = call(*command, "--help")
    lines = [line.strip() for line in out.splitlines()]
    return [line for line in lines if line.startswith("mirna-recommender ")]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda c: c[0] if c else "root")
def test_every_help_has_an_example_that_works_when_pasted(call, monkeypatch, tmp_path, command):
    for path in ROOT.iterdir():  # what an example writes is not to stay in the checkout
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    pasted = [call(*shlex.split(line)[1:])[0] for line in examples(call, command)]
    assert 0 in pasted
    assert 2 not in pasted


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda c: c[0] if c else "root")
def test_no_help_shows_a_backslash(call, command):
    assert "\\" not in call(*command, "--help")[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is_for(command):
    parameters = cli.get_command(None, command).params
    undescribed = [p.opts[-1] for p in parameters if p.param_type_name == "option" and not p.help]
    assert undescribed == []


def test_the_version_is_that_of_the_package(call):
    assert call("--version") == (0, f"mirna-recommender {__version__}\n", [])


@pytest.mark.parametrize("name", ["comparison", "explanation", "profile", "recommendation", "rule", "summary"])
def test_schema_prints_json(call, name):
    status, out, err = call("schema", name)
    assert (status, err) == (0, [])
    assert json.loads(out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert name in SCHEMAS


# ---------------------------------------------------------------- color


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """Return what a terminal would see as standard output."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    inherited = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "recommender", *arguments],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**inherited, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65_536):
            seen += chunk
    except OSError:  # Linux ends a closed terminal so
        pass
    finally:
        os.close(ours)
        process.communicate(timeout=60)
    assert process.returncode == 0
    return seen.decode()


def test_no_color_is_honored_on_a_terminal(call, tumor):
    path = tumor()
    seen = on_a_terminal(["recommend", path], NO_COLOR="1")
    assert "\x1b" not in seen
    assert seen.replace("\r\n", "\n") == call("recommend", path)[1]


def test_a_terminal_sees_colors_and_beside_them_the_same_text(call, tumor):
    path = tumor()
    seen = on_a_terminal(["recommend", path])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen)
    assert plain != seen
    assert plain.replace("\r\n", "\n") == call("recommend", path)[1]


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_what_is_no_terminal_gets_no_escape_codes(call, tumor, monkeypatch, format_):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in call("recommend", tumor(), "--format", format_)[1]


# ---------------------------------------------------------------- a process of its own


def test_the_package_runs_as_a_module_from_any_folder_and_reads_standard_input(tmp_path):
    done = python("recommend", "-", "--format", "json", input=json.dumps(PROFILE).encode(), cwd=tmp_path.anchor)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["strategies"][0]["id"] == LEAD


@pytest.mark.parametrize("format_", ["text", "json"])
def test_the_hash_seed_and_the_locale_change_no_byte(tumor, format_):
    path = tumor(sample_id="肝-7")
    outputs = {
        python(
            "recommend", path, "--format", format_, env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale}
        ).stdout
        for seed, locale in (("0", "C"), ("4242", "C.UTF-8"))
    }
    assert len(outputs) == 1
    assert "肝-7" in outputs.pop().decode()


def test_a_refusal_reaches_the_shell_in_one_line_whatever_the_locale(tumor):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0"}
    done = python("recommend", tumor(cancer="肝癌?"), env={**os.environ, **plain})
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"error: ")
    assert len(done.stderr.splitlines()) == 1
