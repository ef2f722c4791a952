"""Files as programs export them, in their own ways: each holds the same load and count at the same times.

No file here is of a real program; each is written as that program writes.
"""

import datetime
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.data.readers.formats import FORMATS
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.read import read_table
from offbeat.data.readers.wide import WideTable

N = 48
RNG = np.random.default_rng(8)
LOAD = np.round(20 + 5 * np.sin(np.arange(N) / 4) + RNG.normal(0, 0.3, N), 3)
COUNT = RNG.integers(100, 3000, N)
STAMPS = [datetime.datetime(2024, 3, 25, 22) + datetime.timedelta(minutes=15 * i) for i in range(N)]
EPOCH = [int(stamp.replace(tzinfo=datetime.UTC).timestamp()) for stamp in STAMPS]
LOADS, COUNTS = [f"{value:.3f}" for value in LOAD], [str(value) for value in COUNT]


def at(pattern: str) -> list[str]:
    return [stamp.strftime(pattern) for stamp in STAMPS]


def rows(*columns: Sequence[object], mark: str = ",", end: str = "\n") -> str:
    return "".join(mark.join(map(str, row)) + end for row in zip(*columns, strict=True))


def in_quotes(values: Sequence[object]) -> list[str]:
    return [f'"{value}"' for value in values]


def german(values: Sequence[str]) -> list[str]:
    return [value.replace(".", ",") for value in values]


FILES: dict[str, tuple[str, tuple[str, ...], dict[str, int]]] = {}
"""By the name of the program: the text, the names of the columns, and where the load and the count stand."""


def export(name: str, text: str, names: str, load: int = 1, count: int | None = 2) -> None:
    places = {"load": load} | ({} if count is None else {"count": count})
    FILES[name] = (text, tuple(names.split("|")), places)


ISO, PLAIN = at("%Y-%m-%dT%H:%M:%SZ"), at("%Y-%m-%d %H:%M:%S")

export("pandas with an index", ",time,load,count\n" + rows(range(N), PLAIN, LOADS, COUNTS), "time|load|count")
export("pandas with dates in the index", ",load,count\n" + rows(PLAIN, LOADS, COUNTS), "|load|count")
export(
    "pandas with names in two rows",
    ",load,load,count\n,mean,max,mean\ntime,,,\n" + rows(PLAIN, LOADS, LOADS, COUNTS),
    "time|load mean|load max|count mean",
    2,
    3,
)
export(
    "write.csv of R",
    '"","time","load","count"\n' + rows(in_quotes(range(1, N + 1)), in_quotes(PLAIN), LOADS, COUNTS),
    "time|load|count",
)
export(
    "write.table of R",
    '"load" "count"\n' + rows(in_quotes(range(1, N + 1)), LOADS, COUNTS, mark=" "),
    "load|count",
    0,
    1,
)
export(
    "numpy.savetxt",
    "# load count\n" + rows([f"{v:.18e}" for v in LOAD], [f"{v:.18e}" for v in COUNT], mark=" "),
    "load|count",
    0,
    1,
)
export("Grafana", '"Time","load","count"\n' + rows(in_quotes(PLAIN), LOADS, COUNTS), "Time|load|count")
export(
    "Grafana for Excel",
    'sep=,\n"Time","load","count"\n' + rows(in_quotes(PLAIN), in_quotes(LOADS), in_quotes(COUNTS)),
    "Time|load|count",
)
export(
    "Grafana with semicolons",
    '"Series";"Time";"Value"\n' + rows(["cpu"] * N, ISO, LOADS, mark=";"),
    "Series|Time|Value",
    2,
    None,
)
export(
    "Prometheus by promtool",
    "timestamp,value,instance,job\n" + rows(EPOCH, LOADS, ["a:9100"] * N, ["node"] * N),
    "timestamp|value|instance|job",
    1,
    None,
)
export(
    "CloudWatch",
    "Id,m1,m2\nLabel,CPUUtilization,NetworkIn\n" + rows(at("%Y/%m/%d %H:%M:%S"), LOADS, COUNTS),
    "Label|CPUUtilization|NetworkIn",
)
export(
    "CloudWatch with more lines",
    "Full label,CPUUtilization,NetworkIn\nID,i-0a1,i-0b2\nLabel,CPU one,Net two\n"
    "Statistic,Average,Average\nUnit,Percent,Bytes\n" + rows(at("%Y/%m/%d %H:%M:%S"), LOADS, COUNTS),
    "Label|CPU one|Net two",
)
export(
    "Datadog",
    '"timestamp","host","value"\n' + rows([t * 1000 for t in EPOCH], ["h1"] * N, LOADS),
    "timestamp|host|value",
    2,
    None,
)
export(
    "InfluxDB annotated",
    "#group,false,false,true,true,false,false,true\n"
    "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string\n"
    "#default,mean,,,,,,\n,result,table,_start,_stop,_time,_value,host\n"
    + rows([""] * N, [""] * N, [0] * N, [ISO[0]] * N, [ISO[-1]] * N, ISO, LOADS, ["a"] * N),
    "result|table|_start|_stop|_time|_value|host",
    5,
    None,
)
export(
    "ThingSpeak",
    "created_at,entry_id,field1,field2\n" + rows(at("%Y-%m-%d %H:%M:%S UTC"), range(1, N + 1), LOADS, COUNTS),
    "created_at|entry_id|field1|field2",
    2,
    3,
)
export(
    "Yahoo S5",
    "timestamp,value,is_anomaly\n" + rows(range(1, N + 1), LOADS, [0] * N),
    "timestamp|value|is_anomaly",
    1,
    None,
)
export(
    "SWaT",
    " Timestamp, FIT101,MV101,Normal/Attack\n" + rows(at(" %d/%m/%Y %I:%M:%S %p"), LOADS, COUNTS, ["Normal"] * N),
    "Timestamp|FIT101|MV101|Normal/Attack",
)
export(
    "WADI",
    "Row,Date,Time,1_AIT_001_PV,2_MV_003\n"
    + rows(range(1, N + 1), at("%-m/%-d/%Y"), at("%-I:%M:%S.000 %p"), LOADS, COUNTS),
    "Row|Date|Time|1_AIT_001_PV|2_MV_003",
    3,
    4,
)
export(
    "Excel in German",
    "Zeitstempel;Temperatur (°C);Anzahl\n" + rows(at("%d.%m.%Y %H:%M"), german(LOADS), COUNTS, mark=";"),
    "Zeitstempel|Temperatur (°C)|Anzahl",
)
export(
    "Excel in French",
    "Horodatage;Température;Nombre\n"
    + rows(at("%d/%m/%Y %H:%M"), german(LOADS), [f"{v:,}".replace(",", "\u202f") for v in COUNT], mark=";"),
    "Horodatage|Température|Nombre",
)
export(
    "Excel in Swiss German",
    "Zeit;Leistung;Zähler\n"
    + rows(at("%d.%m.%Y %H:%M:%S"), LOADS, [f"{v:,}".replace(",", "'") for v in COUNT], mark=";"),
    "Zeit|Leistung|Zähler",
)
export(
    "Excel with empty rows and columns below",
    "time,load,count,,\n" + rows(PLAIN, LOADS, COUNTS, end=",,\n") + ",,,,\n,,,,\n",
    "time|load|count",
)
export(
    "a historian",
    "Tag,TI-101,PI-102\nDescription,Inlet,Outlet\nUnits,degC,bar\n" + rows(at("%d-%b-%y %H:%M:%S"), LOADS, COUNTS),
    "Description|Inlet|Outlet",
)
export(
    "a controller",
    "VarName;TimeString;VarValue;Validity;Time_ms\n"
    + rows(in_quotes(["Druck"] * N), in_quotes(at("%d.%m.%Y %H:%M:%S")), german(LOADS), [1] * N,
           [f"{45376 + i / 96:.9f}".replace(".", ",") for i in range(N)], mark=";"),
    "VarName|TimeString|VarValue|Validity|Time_ms",
    2,
    None,
)  # fmt: skip
export(
    "LabVIEW",
    "LabVIEW Measurement\t\nWriter_Version\t2\nReader_Version\t2\nSeparator\tTab\nDecimal_Separator\t.\n"
    "***End_of_Header***\t\n\nChannels\t2\t\t\nSamples\t48\t48\t\nX_Value\tload\tcount\tComment\n"
    + rows([f"{900.0 * i:.6f}" for i in range(N)], LOADS, COUNTS, mark="\t", end="\t\n"),
    "X_Value|load|count|Comment",
)
export(
    "a data logger with four rows of names",
    '"TOA5","station","CR1000","1234","CR1000.Std.31","CPU:prog.CR1","5","table"\n"TIMESTAMP","load","count"\n'
    '"TS","Volts","Deg"\n"","Avg","Smp"\n' + rows(in_quotes(PLAIN), LOADS, COUNTS),
    "TIMESTAMP|load|count",
)
export(
    "a data logger with a title and units",
    'Plot Title: roof\n"#","Date Time, GMT+01:00","Temp, °C","Count"\n'
    + rows(range(1, N + 1), at("%m/%d/%y %I:%M:%S %p"), LOADS, COUNTS),
    "#|Date Time, GMT+01:00|Temp, °C|Count",
    2,
    3,
)
export(
    "an oscilloscope",
    "Model,MSO\nSample Interval,0.25,s\nRecord Length,48\n\nTIME,CH1,CH2\n" + rows(range(N), LOADS, COUNTS),
    "TIME|CH1|CH2",
)
export("a log", rows(at("[%Y-%m-%d %H:%M:%S]"), LOADS, COUNTS, mark="\t"), "")
export("vmstat", " r  b   free\n" + "".join(f"{i % 3:2d} {LOADS[i]:>8} {COUNTS[i]:>6}\n" for i in range(N)), "r|b|free")
export("MySQL in a terminal's tabs", "time\tload\tcount\n" + rows(PLAIN, LOADS, COUNTS, mark="\t"), "time|load|count")
export(
    "SQL Server Management Studio",
    "time,load,count\n-------------------,-----,-----\n" + rows(PLAIN, LOADS, COUNTS) + "\n(48 rows affected)\n",
    "time|load|count",
)
export(
    "psql",
    " time | load | count \n" + "-----+------+------\n" + rows(PLAIN, LOADS, COUNTS, mark=" | ") + "(48 rows)\n",
    "time|load|count",
)
export(
    "a table of Markdown",
    "| time | load | count |\n|---|---|---|\n" + rows([f"| {p}" for p in PLAIN], LOADS, COUNTS, mark=" | ", end=" |\n"),
    "time|load|count",
)
export(
    "Home Assistant",
    "entity_id,state,last_changed\n" + rows(["sensor.load"] * N, LOADS, at("%Y-%m-%dT%H:%M:%S.000Z")),
    "entity_id|state|last_changed",
    1,
    None,
)
export(
    "a meter",
    "Zählerstand;;\nOBIS;1.8.0;2.8.0\nDatum;Bezug [kWh];Einspeisung [kWh]\n"
    + rows(at("%d.%m.%Y %H:%M:%S"), german(LOADS), COUNTS, mark=";")
    + "Summe;980,1;70000\n",
    "Datum|Bezug [kWh]|Einspeisung [kWh]",
)
export(
    "a weather service",
    "STATIONS_ID;MESS_DATUM;  QN;TT_10;RF_10;eor\n"
    + rows(["        433"] * N, at("%Y%m%d%H%M"), [" 3"] * N, LOADS, COUNTS, ["eor"] * N, mark=";"),
    "STATIONS_ID|MESS_DATUM|QN|TT_10|RF_10|eor",
    3,
    4,
)
export(
    "hydrologists, with widths and types",
    "# provisional\nagency\tdatetime\tstage\tflow\tflow_cd\n5s\t20d\t14n\t14n\t10s\n"
    + rows(["USGS"] * N, PLAIN, LOADS, COUNTS, ["P"] * N, mark="\t"),
    "agency|datetime|stage|flow|flow_cd",
    2,
    3,
)
RULE = "+---------------------+--------+-------+\n"
export(
    "mysql",
    f"{RULE}| time                | load   | count |\n{RULE}"
    + "".join(f"| {row.replace(',', ' | ')} |\n" for row in rows(PLAIN, LOADS, COUNTS).splitlines())
    + f"{RULE}{N} rows in set (0.01 sec)\n",
    "time|load|count",
)
export(
    "an oscilloscope",
    "x-axis,1\nsecond,Volt\n" + rows([f"{i * 1e-5 - 2e-4:.6E}" for i in range(N)], LOADS),
    "second|Volt",
    1,
    None,
)
export("a wristband", f"{EPOCH[0]}.00,{EPOCH[0]}.00\n4.000000,4.000000\n" + rows(LOADS, COUNTS), "time|ch0|ch1")


def table_of(path: Path, content: str | bytes) -> WideTable:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, ReadOptions())


def check(table: WideTable, places: dict[str, int]) -> None:
    for what, values in (("load", LOAD), ("count", COUNT)):
        if what in places:
            np.testing.assert_array_equal(table.frame[places[what]].to_numpy(np.float64), values)


@pytest.mark.parametrize("name", FILES)
def test_exports_of_programs(tmp_path: Path, name: str) -> None:
    text, names, places = FILES[name]
    table = table_of(tmp_path / "export.csv", text)
    assert (table.names or ("",)) == names
    check(table, places)


@pytest.mark.parametrize("name", ["t.dat", "t.log", "t.data", "t.asc", "t", "t.json", "t.parquet", "t.npy", "t.csv.gz"])
def test_text_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    table = table_of(tmp_path / name, "time,load,count\n" + rows(PLAIN, LOADS, COUNTS))
    assert table.names == ("time", "load", "count")


@pytest.mark.parametrize("columns", [1, 3])
def test_a_time_and_a_rate_in_the_first_rows_are_the_clock(tmp_path: Path, columns: int) -> None:
    head = "".join(",".join([number] * columns) + "\n" for number in (f"{EPOCH[0]}.00", "32.000000"))
    table = table_of(tmp_path / "BVP.csv", head + rows(*[LOADS] * columns))
    assert table.frame[0].iloc[0] == pd.Timestamp(STAMPS[0])
    assert table.frame[0].iloc[16] - table.frame[0].iloc[0] == pd.Timedelta("500ms")
    assert (table.place(0), len(table.frame)) == ("line 3", N)
    assert "32 Hz" in table.notes[0]
    other = table_of(tmp_path / "other.csv", head.replace("32.0", "-2.0") + rows(*[LOADS] * columns))
    assert other.names is None


FRAME = pd.DataFrame({"time": pd.to_datetime(STAMPS), "load": LOAD, "count": COUNT})
RECORDS = [{"time": t, "load": float(a), "count": int(b)} for t, a, b in zip(PLAIN, LOAD, COUNT, strict=True)]
JSON: dict[str, Callable[[], str]] = {
    "one record a line": lambda: "\n".join(map(json.dumps, RECORDS)) + "\n",
    "blank lines between": lambda: "\n\n".join(map(json.dumps, RECORDS)),
    "a list of records": lambda: json.dumps(RECORDS, indent=2),
    "columns": lambda: FRAME.assign(time=PLAIN).to_json(),
    "columns as lists": lambda: json.dumps({name: FRAME.assign(time=PLAIN)[name].tolist() for name in FRAME}),
    "split": lambda: FRAME.assign(time=PLAIN).to_json(orient="split"),
    "inside an answer": lambda: json.dumps({"status": "ok", "result": {"feeds": RECORDS}}),
    "a query of InfluxDB": lambda: json.dumps(
        {
            "results": [
                {"series": [{"name": "x", "columns": list(FRAME), "values": FRAME.assign(time=PLAIN).values.tolist()}]}
            ]
        }
    ),
}


@pytest.mark.parametrize("form", JSON)
@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson", ".log"])
def test_json(tmp_path: Path, form: str, suffix: str) -> None:
    if suffix == ".log" and form == "a list of records":
        pytest.skip("a list may be many things")
    table = table_of(tmp_path / f"t{suffix}", JSON[form]())
    assert table.names == ("time", "load", "count")
    check(table, {"load": 1, "count": 2})
    assert table.place(2) == "record 3"


def test_series_of_prometheus_are_one_long_table(tmp_path: Path) -> None:
    series = [
        {"metric": {"__name__": "up", "instance": name}, "values": [[t, v] for t, v in zip(EPOCH, LOADS, strict=True)]}
        for name in ("a", "b")
    ]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": series}}
    table = table_of(tmp_path / "t.json", json.dumps(answer))
    assert table.names == ("timestamp", "value", "__name__", "instance")
    assert len(table.frame) == 2 * N
    assert table.frame[3].tolist() == ["a"] * N + ["b"] * N


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow", ".csv"])
def test_arrow_and_parquet_are_known_by_their_content(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("pyarrow")
    for write in (FRAME.to_parquet, FRAME.to_feather):
        write(tmp_path / f"t{suffix}")
        table = read_table(tmp_path / f"t{suffix}", ReadOptions())
        assert table.names == ("time", "load", "count")
        check(table, {"load": 1, "count": 2})


def test_standard_input_is_read_by_its_content(tmp_path: Path) -> None:
    text = "time;load\n" + rows(PLAIN, german(LOADS), mark=";")
    code = "from offbeat.data import load; data = load('-'); print(data.channels, repr(data.values[:, 0].tolist()))"
    for content in (text.encode(), gzip.compress(text.encode())):
        done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
        assert done.stdout.decode().strip() == f"('load',) {LOAD.tolist()}"
    done = subprocess.run([sys.executable, "-c", code], input=b"", capture_output=True, check=False)
    assert "standard input" in done.stderr.decode()


def test_help_and_docs_name_every_format() -> None:
    root = Path(__file__).parents[2]
    for place in ("docs/how-to/tables.md", "src/offbeat/cli/app.py"):
        text = (root / place).read_text(encoding="utf-8")
        for one in FORMATS:
            for suffix in one.suffixes:
                assert re.search(rf"(?<!\w){re.escape(suffix)}\b", text), (place, suffix)
