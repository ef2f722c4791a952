"""Kafka, by the cluster that librdkafka brings along for tests: real brokers, in this process."""

import pytest

from offbeat.errors import ParameterError
from offbeat.service.sources import SourceError
from offbeat.service.sources.kafka import KafkaSettings

confluent_kafka = pytest.importorskip("confluent_kafka")


class Cluster:
    def __init__(self):
        self.producer = confluent_kafka.Producer(
            {"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0, "linger.ms": 0}
        )
        self.brokers = ",".join(f"{b.host}:{b.port}" for b in self.producer.list_topics(timeout=10).brokers.values())

    def put(self, topic, *messages):
        for key, value in messages:
            self.producer.produce(topic, key=key, value=value, timestamp=1_700_000_000_000)
        assert self.producer.flush(10) == 0


@pytest.fixture(scope="module")
def cluster():
    return Cluster()


@pytest.fixture
def topic(request):
    return "".join(c if c.isalnum() else "-" for c in request.node.name)


def source(cluster, topic, **settings):
    common = {"name": "bus", "brokers": cluster.brokers, "topics": (topic,), "group": topic, "values": ("cpu",)}
    return KafkaSettings(**(common | settings)).open()


def numbers(first, last):
    return [(f"web{i % 3}", f'{{"cpu": {i}}}') for i in range(first, last)]


def test_messages_are_read_once_across_restarts(cluster, topic, kept):
    for begin in range(0, 60, 20):
        cluster.put(topic, *numbers(begin, begin + 20))
        kept.read(source(cluster, topic, most=7), until=begin + 20)
    assert kept.n_repeated == 0
    for i in range(3):
        assert [point.values for point in kept.points if point.key == f"web{i}"] == [float(n) for n in range(i, 60, 3)]
    assert kept.points[0].time == 1_700_000_000_000_000


def test_a_kill_neither_loses_nor_repeats(cluster, topic, kept):
    cluster.put(
        topic, *((key, f'{{"cpu": {i}, "t": {1_700_000_000 + i}}}') for i, (key, _) in enumerate(numbers(0, 60)))
    )
    while len(kept.points) < 60:
        before = len(kept.points)
        kept.read(source(cluster, topic, most=7, time="t"), n_pushes=2, until=60)
        assert len(kept.points) > before
    assert kept.n_repeated == 0
    assert sorted(point.values for point in kept.points) == [float(i) for i in range(60)]


def test_offsets_are_committed_after_points_are_stored(cluster, topic, kept):
    cluster.put(topic, *numbers(0, 10))
    made = source(cluster, topic)
    push = next(push for push in made.pushes(None) if push is not None)
    assert _committed(cluster, topic) == 0
    made.acknowledge(push)
    made.close()
    assert _committed(cluster, topic) == len(push.points)


def _committed(cluster, topic):
    consumer = confluent_kafka.Consumer({"bootstrap.servers": cluster.brokers, "group.id": topic})
    parts = [
        confluent_kafka.TopicPartition(topic, n)
        for n in consumer.list_topics(topic, timeout=10).topics[topic].partitions
    ]
    found = consumer.committed(parts, timeout=10)
    consumer.close()
    return sum(max(0, part.offset) for part in found)


def test_what_the_group_has_committed_counts_where_nothing_is_stored(cluster, topic, kept):
    cluster.put(topic, *numbers(0, 10))
    kept.read(source(cluster, topic), until=10)
    kept.positions.clear()
    cluster.put(topic, *numbers(10, 13))
    kept.read(source(cluster, topic), until=13)
    assert kept.n_repeated == 0
    assert sorted(point.values for point in kept.points) == [float(i) for i in range(13)]


def test_what_comes_while_the_service_is_off_is_read_although_it_began_at_the_end(cluster, topic, kept):
    cluster.put(topic, *numbers(0, 30))
    made = source(cluster, topic, start="latest")
    pushes = made.pushes(None)
    assert next(pushes) is None
    cluster.put(topic, ("web0", '{"cpu": 30}'))
    kept.submit(next(push for push in pushes if push is not None))
    made.close()
    cluster.put(topic, *numbers(31, 40))
    kept.read(source(cluster, topic, start="latest"), until=10)
    assert sorted(point.values for point in kept.points) == [float(i) for i in range(30, 40)]


def test_offsets_that_the_brokers_do_not_have_begin_with_what_they_have(cluster, topic, kept):
    cluster.put(topic, *numbers(0, 5))
    kept.positions["bus"] = f'{{"{topic}": {{"0": 999, "1": 999, "2": 999, "3": 999}}}}'
    kept.read(source(cluster, topic, start="latest"), until=5)
    assert sorted(point.values for point in kept.points) == [float(i) for i in range(5)]


def test_csv_is_read_by_its_columns(cluster, topic, kept):
    cluster.put(topic, (None, "web1,1700000000,0.5"), (None, "web2,1700000000,0.25"))
    kept.read(source(cluster, topic, format="csv", columns=("host", "t", "cpu"), key="host", time="t"), until=2)
    assert {(point.key, point.values) for point in kept.points} == {("web1", 0.5), ("web2", 0.25)}


def test_offsets_of_several_partitions_tell_no_points_of_a_stream_apart(cluster, topic, kept):
    cluster.put(topic, (None, '{"host": "web1", "cpu": 1}'))
    with pytest.raises(SourceError, match=r"'host'.*give time"):
        kept.read(source(cluster, topic, key="host"))
    made = source(cluster, topic)
    cluster.put(topic, ("web1", '{"cpu": 2}'))
    assert [point.key for point in kept.read(made, until=1)] == ["web1"]
    assert made.bad.counts == {"without a key": 1}


def test_a_topic_of_one_partition_needs_no_key_and_no_time(cluster, topic):
    # The brokers of the tests have no such topic.
    made = source(cluster, topic, key="host")
    made._check_places(1)
    assert not made._needs_key
    made.close()


def test_numbers_alone_are_values(cluster, topic, kept):
    cluster.put(topic, ("web1", "0.5"), ("web2", "[1, null]"))
    kept.read(source(cluster, topic, values=()), until=2)
    assert {point.key: str(point.values) for point in kept.points} == {"web1": "[0.5]", "web2": "[1.0, nan]"}


def test_bad_messages_are_counted_and_passed_over(cluster, topic, kept):
    cluster.put(topic, ("web1", b"\xff"), ("web1", "{"), ("web1", "[]"), ("web1", "{}"), ("web1", '{"cpu": 1}'))
    made = source(cluster, topic)
    assert [point.values for point in kept.read(made, until=1)] == [1.0]
    assert made.bad.counts.total() == 4


def test_brokers_that_are_not_there_are_named(topic, kept, monkeypatch):
    monkeypatch.setattr("offbeat.service.sources.kafka._ANSWER", 0.3)
    made = KafkaSettings(name="bus", brokers="127.0.0.1:1", topics=(topic,), options={"log_level": 0}).open()
    with pytest.raises(SourceError, match="bus"):
        kept.read(made)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"topics": ()}, "topics"),
        ({"format": "csv"}, "columns"),
        ({"topics": ("a", "b")}, "give time"),
        ({"options": {"enable.auto.commit": True}}, "enable.auto.commit"),
        ({"options_env": {"sasl.password": "NOT_SET_ANYWHERE"}}, "NOT_SET_ANYWHERE"),
    ],
)
def test_settings_that_would_lose_messages_or_secrets_are_refused(given, said):
    with pytest.raises(ParameterError, match=said):
        KafkaSettings(**({"name": "bus", "brokers": "localhost", "topics": ("a",)} | given))


def test_an_option_that_there_is_not_is_named(cluster, topic):
    with pytest.raises(SourceError, match=r"not\.an\.option"):
        source(cluster, topic, options={"not.an.option": 1})


def test_no_secret_is_shown(monkeypatch):
    monkeypatch.setenv("KAFKA", "very secret")
    made = KafkaSettings(name="bus", brokers="localhost", topics=("a",), options_env={"sasl.password": "KAFKA"})
    assert "very secret" not in repr(made)
    assert made.consumer_options()["sasl.password"] == "very secret"
