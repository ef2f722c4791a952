import torch
from torch import nn

from offbeat.networks.committee import Committee


def test_a_committee_gives_the_mean_of_its_members():
    members = [nn.Linear(3, 2) for _ in range(4)]
    rows = torch.randn(5, 3)
    expected = sum(member(rows) for member in members) / 4
    torch.testing.assert_close(Committee(members)(rows), expected)


def test_its_parameters_are_those_of_its_members():
    committee = Committee(nn.Linear(3, 2) for _ in range(2))
    assert set(committee.state_dict()) == {f"members.{i}.{name}" for i in range(2) for name in ("weight", "bias")}
