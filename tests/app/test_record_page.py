"""What the page of a record says first, and of what it warns."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.app.pages.corrections import Review
from offbeat.app.pages.record import RecordResults
from offbeat.app.pages.rhythms import episode_table, rhythm_headline, rhythm_statement, underlying_rhythm
from offbeat.ecg.classify import classify_record
from offbeat.ecg.opening import as_record
from offbeat.ecg.rhythm import rhythm_summary
from offbeat.records import Annotations, open_record, write_annotations
from offbeat.series.recording import Recording


def results(signal):
    record = as_record(Recording(signal, sampling_rate=RATE, channels=["II"]))
    return RecordResults(record, classify_record(record))


@pytest.fixture(scope="module")
def frequent():
    """Every other beat is ventricular."""
    return results(ecg(200, ectopic=2)[0])


@pytest.fixture(scope="module")
def rare():
    return results(ecg(200, ectopic=10)[0])


def test_the_rhythm_is_told_first(rare):
    assert rare.summary()[0].startswith("Sinus rhythm, ")
    glance = rare.tables()[0]
    assert glance.rows[0] == ["rhythm", "Sinus rhythm"]


def test_rhythms_have_a_table_with_all_of_the_time(rare):
    (table,) = [table for table in rare.tables() if table.title == "Rhythms"]
    assert [row[0] for row in table.rows] == ["sinus rhythm"]
    assert rare.to_dict()["episodes"][0]["rhythm"] == "N"
    assert rare.to_dict()["af_burden"] == 0


def with_table(found, **columns):
    table = found.classified.table.assign(**columns)
    return replace(found, classified=replace(found.classified, table=table))


def fact_of(found, label):
    return next(fact for fact in found._facts() if fact.label == label)


def test_fibrillation_has_a_box_of_its_own_also_where_there_is_none(rare):
    n = len(rare.classified.table)
    assert fact_of(rare, "atrial fibrillation or flutter").value == "none found"
    found = with_table(rare, fibrillation=np.where(np.arange(n) < n // 3, 0.99, 0.0))
    some = fact_of(found, "atrial fibrillation or flutter")
    assert fact_of(found, "rhythm").value == "sinus rhythm"
    assert re.fullmatch(r"3\d(\.\d)?%", some.value)
    assert re.fullmatch(r"of the time, longest (\d\d\.\d s|0:0\d:\d\d \(h:mm:ss\))", some.note)


def glance_of(found):
    return dict(found.tables()[0].rows)


def test_fusion_that_the_model_never_claims_is_no_finding_of_none(rare):
    assert glance_of(rare)["F fusion"] == "not told apart: counted as N or V"
    assert "Fusion beats are not told apart" in " ".join(rare.summary())
    assert "0 fusion" not in " ".join(rare.summary())
    reviewed = replace(rare, review=Review("strip.rev", 3, 1, by_program=True))
    assert glance_of(reviewed)["F fusion"] == "not told apart: counted as N or V"
    assert "3 beats reviewed by a person, 1 changed" in reviewed.notice
    marked = with_table(reviewed, **{"class": ["F", *reviewed.classified.table["class"][1:]]})
    assert glance_of(marked)["F fusion"].startswith("1, only those that a person marked: the program counts all others")
    assert "Fusion beats are only those that a person marked" in " ".join(marked.summary())
    by_an_expert = replace(rare, review=Review("strip.atr", 0, 0, by_program=False))
    assert glance_of(by_an_expert)["F fusion"] == "0"
    assert "not told apart" not in " ".join(by_an_expert.summary())
    assert by_an_expert.notice.endswith("Beats and classes are those of strip.atr.")


def test_supraventricular_beats_by_the_model_come_with_a_caution(rare):
    classes = rare.classified.table["class"].to_numpy(copy=True)
    classes[[5, 50]] = "S"
    found = with_table(rare, **{"class": classes})
    assert "hard to tell" in fact_of(found, "supraventricular").note
    assert glance_of(found)["S supraventricular"].startswith("2 (hard to tell")
    assert "hard" not in fact_of(rare, "supraventricular").note  # nothing to be wrong about


def test_variability_says_little_at_many_ectopic_beats(rare, frequent):
    name = "SDNN, RMSSD of normal intervals, whole record"
    assert "says little" in glance_of(frequent)[name]
    few = rare.classified.table["class"].where(np.arange(len(rare.classified.table)) > 190, "N")
    assert "says little" not in glance_of(with_table(rare, **{"class": few}))[name]


def test_a_poor_signal_has_its_share_and_is_shaded(rare):
    n = len(rare.classified.table)
    quality = np.where(np.arange(n) == 100, 0.2, 0.99)
    found = with_table(rare, quality=quality)
    fact = fact_of(found, "good signal")
    assert re.fullmatch(r"9\d\.\d%", fact.value)
    assert re.fullmatch(r"[1-9]\.\d% doubtful, 0\.0% unreadable", fact.note)
    figure = found.figures()["heart-rate"].draw()
    assert "doubtful signal" in [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    plain = rare.figures()["heart-rate"].draw()
    assert "doubtful signal" not in [text.get_text() for legend in plain.legends for text in legend.get_texts()]


def test_a_short_record_is_told_by_the_minute(rare):
    table = rare._hours(rare._step())
    assert table.title == "Minute by minute"
    assert [row[0] for row in table.rows] == ["0:00:00", "0:01:00", "0:02:00"]
    assert sum(row[1] for row in table.rows) == len(rare.classified.table)
    assert len(rare._hours().rows) == 1


def test_ventricular_beats_have_one_share_on_a_page(frequent):
    classes = frequent.classified.table["class"].to_numpy(copy=True)
    classes[:10] = ""  # of no class
    found = with_table(frequent, **{"class": classes})
    fact = fact_of(found, "ventricular")
    title = found.figures()["tachogram"].draw().get_suptitle()
    assert f"V ({fact.value})" in title
    assert f"of {len(classes)} beats" in fact.note


def summary_of(classes, interval=0.8, **columns):
    times = interval * np.arange(1, len(classes) + 1)
    return rhythm_summary(pd.DataFrame({"time_s": times, "class": list(classes), **columns}), times[-1] + 1)


def test_ectopic_beats_are_a_burden_on_the_rhythm_and_do_not_replace_it():
    said = rhythm_statement(summary_of("NNV" * 30 + "NVVN" * 10 + "N" * 40))
    assert said.startswith("Sinus rhythm, 75/min")
    assert "29.4% ventricular beats (50; 10 couplets, trigeminy for " in said


def test_a_run_of_three_is_told_as_one():
    said = rhythm_statement(summary_of("N" * 40 + "VVV" + "N" * 40, 0.5))
    assert "Also: ventricular tachycardia (run of 3 beats at 120/min)." in said
    said = rhythm_statement(summary_of("N" * 40 + "VVV" + "N" * 40 + "VVVVV" + "N" * 40, 0.5))
    assert "Also: ventricular tachycardia (2 ×, longest a run of 5 beats at 120/min)." in said


def test_sinus_rhythm_has_the_name_of_the_rate_that_it_has_most_of_the_time():
    fast, slow = np.full(200, 0.5), np.full(60, 0.9)
    for intervals, name in (([*fast, *slow], "Sinus tachycardia"), ([*slow, *slow, *slow, *fast], "Sinus rhythm")):
        beats = pd.DataFrame({"time_s": np.cumsum(intervals), "class": "N"})
        assert rhythm_headline(rhythm_summary(beats, 400)) == name


def test_a_record_of_nothing_but_ventricular_beats_is_no_sinus_rhythm():
    assert rhythm_headline(summary_of("V" * 60, 0.5)) == "Ventricular tachycardia"


def test_bigeminy_is_told_beside_the_rhythm(frequent):
    assert frequent.summary()[0].startswith("Sinus rhythm, ")
    assert re.search(r"ventricular beats \(\d+; bigeminy for [\d.]+% of the time\)", frequent.summary()[0])
    titles = [table.title for table in frequent.tables()]
    assert any(title.startswith("Episodes other than sinus rhythm") for title in titles)


@pytest.mark.parametrize(("n_fibrillating", "longest"), [(150, "atrial fibrillation or flutter"), (60, "sinus rhythm")])
def test_the_longest_rhythm_is_that_of_the_most_time(n_fibrillating, longest):
    beats = pd.DataFrame({"time_s": np.arange(200.0), "class": "N", "confidence": 0.9})
    beats["fibrillation"] = np.where(np.arange(200) < n_fibrillating, 0.99, 0.0)
    rhythm = rhythm_summary(beats, 200.0)
    assert {episode.rhythm for episode in rhythm.episodes} == {"AFIB", "N"}
    assert underlying_rhythm(rhythm) == longest
    assert rhythm_headline(rhythm).startswith("Atrial fibrillation or flutter")


def test_ventricular_episodes_are_listed_before_longer_ones():
    beats = pd.DataFrame({"time_s": np.arange(1, 301) * 0.5, "class": [*"N" * 150, *"VVVV", *"N" * 146]})
    table = episode_table(rhythm_summary(beats, 151.0), most=2)
    assert [row[2] for row in table.rows] == ["ventricular tachycardia", "sinus tachycardia"]
    assert table.note == "2 of 3."


def test_couplets_are_listed_the_fastest_first(tmp_path):
    record = as_record(Recording(ecg(60)[0], sampling_rate=RATE, channels=["II"]))
    found = classify_record(record)
    classes, times = np.array(["N"] * len(found.table)), found.table["time_s"].to_numpy(copy=True)
    classes[[10, 11, 30, 31]] = "V"
    times[31] = times[30] + 0.3
    page = RecordResults(record, replace(found, table=found.table.assign(**{"class": classes, "time_s": times})))
    text = page.write_page(tmp_path / "a.html").read_text()
    (couplets,) = re.findall(r"Couplets, fastest first.*?</table>", text, re.DOTALL)
    rows = re.findall(r"<tr>\s*<th.*?</tr>", couplets, re.S)[-2:]
    assert ["200" in row for row in rows] == [True, False]
    assert [pair["rate"] > 150 for pair in page.to_dict()["pairs"]] == [False, True]
    assert page.to_dict()["couplets"] == {"V": 2, "S": 0}


def test_a_record_without_beats_has_no_rhythm():
    nothing = results(np.zeros(5000))
    assert nothing.rhythm.episodes == ()
    assert nothing.summary()[0].startswith("No beats were found in II")


def test_few_beats_are_warned_of():
    assert "only" in results(ecg(30)[0]).caution()


def test_times_of_day_stand_beside_those_of_the_record(tmp_path):
    signal, _, _ = ecg(60)
    (tmp_path / "r.dat").write_bytes(np.round(signal * 200).astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text(f"r 1 {RATE:g} {len(signal)} 23:59:58\nr.dat 16 200(0)/mV 12 0 0 0 0 II\n")
    record = open_record(tmp_path / "r")
    found = RecordResults(record, classify_record(record))
    page = found.write_page(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Lowest rate" in page
    assert re.search(r"0:00:\d\d \(00:00:\d\d\)", page)


def test_a_review_beside_the_record_is_named(tmp_path):
    signal, _, _ = ecg(60)
    (tmp_path / "r.dat").write_bytes(np.round(signal * 200).astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text(f"r 1 {RATE:g} {len(signal)}\nr.dat 16 200(0)/mV 12 0 0 0 0 II\n")
    record = open_record(tmp_path / "r")
    classified = classify_record(record)
    before = RecordResults(record, classified).caution()
    write_annotations(Annotations([100, 400], ["N", "V"], RATE, aux=["", "reviewed, was N"]), tmp_path / "r.rev")
    found = RecordResults(record, classified)
    assert found.caution().removeprefix(before).removeprefix("; ").startswith("r.rev holds 1 reviewed beat: ")
    assert "--annotations r.rev" in found.caution()
    assert any("r.rev holds" in sentence for sentence in found.summary())
    (tmp_path / "r.rev").write_text("nothing of ours")
    assert RecordResults(record, classified).caution() == before


def test_rows_lead_to_strips_of_the_same_page(frequent, tmp_path):
    page = frequent.write_page(tmp_path / "r.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'href="#(figure-[\w-]+)"', page))
    assert wanted
    assert wanted <= set(re.findall(r'id="(figure-[\w-]+)"', page))
    assert 'id="figure-every-second-1"' in page


def test_rows_of_a_short_record_lead_to_the_whole_of_it(tmp_path):
    found = results(ecg(10, ectopic=2)[0][: int(10 * RATE)])
    page = found.write_page(tmp_path / "r.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'href="#(figure-[\w-]+)"', page))
    assert wanted == {"figure-whole"}


def test_a_short_record_of_many_leads_is_drawn_whole():
    signal = ecg(12)[0][: int(10 * RATE)]
    leads = [f"V{n}" for n in range(1, 7)]
    record = as_record(Recording(np.column_stack([signal] * 6), sampling_rate=RATE, channels=leads))
    drawn = RecordResults(record, classify_record(record)).figures()
    assert len(drawn["whole"].draw().axes) == 6
    assert not any(name.startswith(("every-second", "strip")) for name in drawn)


@pytest.mark.parametrize(("n_leads", "shown"), [(2, 2), (12, 12), (14, 12)])
def test_strips_show_all_leads_that_a_page_holds(n_leads, shown):
    signal = ecg(40)[0][: int(35 * RATE)]
    leads = [f"V{n}" for n in range(1, n_leads + 1)]
    record = as_record(Recording(np.column_stack([signal] * n_leads), sampling_rate=RATE, channels=leads))
    strip = RecordResults(record, classify_record(record)).figures()["strip-1"]
    assert len(strip.draw().axes) == shown
    assert ("of 14 leads" in strip.caption) == (n_leads > shown)


def test_what_has_no_beats_is_drawn_all_the_same():
    flat = results(np.zeros(5000))
    assert list(flat.figures()) == ["whole"]


def test_strips_print_to_scale_on_upright_paper(rare):
    drawn = {name: each for name, each in rare.figures().items() if each.true_scale}
    assert {"gallery", "strip-1"} <= set(drawn)
    widths = [25.4 * each.draw().get_size_inches()[0] for each in drawn.values()]
    assert 150 < min(widths) <= max(widths) < 180  # mm: A4 less margins of 15


def test_no_table_is_wider_than_upright_paper(rare):
    tables = [table for section in rare._sections(lambda *_: []) for table in section.tables]
    assert max(len(table.columns) for table in tables) <= 8
    (rates,) = [table for table in tables if table.title.endswith(": rates")]
    assert list(rates.columns) == ["from", "mean rate", "lowest", "highest", "pauses", "unreadable (min)"]
    (classes,) = [table for table in tables if table.title.endswith("beats of each class")]
    assert list(classes.columns) == ["from", "beats", "N", "S", "V", "F", "Q", "no class"]
    assert sum(row[2] + row[4] for row in classes.rows) == len(rare.classified.table)
