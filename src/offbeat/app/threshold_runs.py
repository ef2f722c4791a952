"""What ``offbeat threshold`` was asked for: checked, and previewed for one model or for each of many series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from offbeat.app.loading import load_source
from offbeat.app.panels.models import Models, model_for
from offbeat.app.panels.runs import Found, is_panel, panel_of, run_keys
from offbeat.app.places import check_places
from offbeat.app.request import PanelRequest, Request, ThresholdRequest
from offbeat.app.runs import Log
from offbeat.app.settings import requested_rules
from offbeat.app.threshold_choices import Choices, asked_rules, choose, forms_of
from offbeat.app.threshold_keys import KeyOptions, preview_key
from offbeat.app.threshold_trials import trials_of
from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.detectors.store import ModelStore, is_store
from offbeat.errors import ParameterError
from offbeat.estimators.folder import check_model_place
from offbeat.parallel import Executor
from offbeat.report.files import check_picture

__all__ = ["ThresholdRun"]


@dataclass(frozen=True)
class ThresholdRun:
    """One call of the command.

    Parameters
    ----------
    model : Path
        The model, or models by key.
    request : Request, optional
        The data to try thresholds on.
    panel : PanelRequest
        How to read and work on many series.
    wanted : ThresholdRequest
        Which threshold and tiers.
    step : float, optional
        Seconds between two time steps.
    live : bool, optional
        See :func:`~offbeat.app.threshold_choices.forms_of`.
    write : bool
        Whether to change the model.
    out : Path, optional
        Where a copy goes.
    """

    model: Path
    request: Request | None
    panel: PanelRequest
    wanted: ThresholdRequest
    step: float | None = None
    live: bool | None = None
    write: bool = False
    out: Path | None = None

    @cached_property
    def is_many(self) -> bool:
        """Whether it is about many series, or models of many."""
        return is_store(self.model) if self.request is None else is_panel(self.request, self.panel)

    @property
    def place(self) -> Path | None:
        """The folder that is written to; None where nothing is."""
        return self.out if self.out is not None else self._own if self.write else None

    @property
    def is_asked(self) -> bool:
        """Whether another threshold or other tiers were asked for."""
        return any(rule is not None for rule in requested_rules(self.wanted.for_each(1)))

    @property
    def only_shown(self) -> bool:
        """Whether a threshold was asked for, and nothing is written."""
        return self.is_asked and self.place is None

    def check(self, files: Mapping[str, Path | None]) -> None:
        """Refuse what makes no sense, before any work is spent on it.

        Parameters
        ----------
        files : mapping
            What is to be written, by the name of its option; None is not asked for.

        Raises
        ------
        ParameterError, OutputError
            If options contradict each other, or something cannot be written where it is to go.
        """
        self._check_options(files.get("plot"))
        requests = [] if self.request is None or self.is_many else [self.request]
        check_places(files, *requests, model=self.model, replaced=self.out)
        for picture in filter(None, [files.get("plot")]):
            check_picture(picture)
        if self.place is not None and not is_store(self.place):
            check_model_place(self.place)

    def choices(self, log: Log) -> tuple[Detector, Choices]:
        """Return the model, and the thresholds to choose from."""
        detector = load(self._own if self.request is None else model_for(self.model, self.request, log))
        trials = None
        if self.request is not None:
            forms = {form.name: form.of(detector) for form in forms_of(detector, self.live)}
            trials = trials_of(forms, load_source(self.request, need_normal=False), log)
        known = next(iter(trials.values())).step if trials else None
        wanted = self.wanted.for_each(self._n_series(detector))
        return detector, choose(detector, *asked_rules(wanted, detector, known, self.step), trials, self.live)

    def by_key(self, executor: Executor, log: Log) -> Found:
        """Return a row for each key: its threshold now and the new one, and what they raise; write what is to be."""
        panel = None if self.request is None else panel_of(self.request, self.panel, without=self.out)
        models = Models(self.model)
        models.check()
        if self.place is not None and models.are_many:
            ModelStore.create(self.place, ModelStore(self.model).about)
        keys = list(ModelStore(self.model) if panel is None else panel)
        wanted = self.wanted.for_each(len(ModelStore(self.model)) if models.are_many else len(keys))
        options = KeyOptions(wanted, self.step, self.live, self.place if models.are_many else None)

        def calls(some: list[str]) -> Iterator[tuple[Any, ...]]:
            return ((key, None if panel is None else panel.pick([key]), models, options) for key in some)

        found = run_keys(keys, lambda key: None, preview_key, calls, executor, log)
        if self.place is not None and not models.are_many:
            detector = models.load("")
            detector.set_threshold(*asked_rules(wanted, detector, None, self.step)).save(self.place)
        return found

    def _n_series(self, detector: Detector) -> int:
        """Return of how many series the models are."""
        return len(ModelStore(self.model)) if is_store(self.model) else len(detector.learned_from_) or 1

    def about(self) -> dict[str, Any]:
        """Return for JSON what it was about."""
        return {"model": str(self.model), "written": self.place and str(self.place)}

    @cached_property
    def _own(self) -> Path:
        """The folder of the model, or models, that are read, and written with --write."""
        if self.request is None or self.is_many:
            return self.model
        return model_for(self.model, self.request)

    def _check_options(self, plot: Path | None) -> None:
        if (self.write or self.out is not None) and not self.is_asked:
            raise ParameterError(
                "nothing to write: say which threshold (--alarms-per-week, --threshold, --watch, --alarm)"
            )
        if self.write and self.out is not None:
            raise ParameterError("--write changes MODEL and --out writes a copy: leave one out")
        if plot is not None and self.request is None:
            raise ParameterError("--plot draws the scores of data: give --data, too")
        if plot is not None and self.is_many:
            raise ParameterError("--plot draws one series: give --data FILE")
        if self.panel.by is not None and self.request is None:
            raise ParameterError("--by is about --data: give that, too")
        if self.panel.names_workers and not self.is_many:
            raise ParameterError("--workers and --ray are for many series: leave them out")
