"""Store the usual numbers of visitors on the pages of a site, by hour of the day."""

import numpy as np

from analytics.models import HourlyBaseline
from tally.baseline import Baseline


def baselines(site: int) -> dict[int, Baseline]:
    """Return the baselines of a site, by hour of the day."""
    rows = (
        HourlyBaseline.objects.filter(site_id=site).order_by("hour").values_list("hour", "pages", "means", "variances")
    )
    return {hour: _unpacked(*map(bytes, packed)) for hour, *packed in rows}


def _unpacked(pages: bytes, means: bytes, variances: bytes) -> Baseline:
    levels, within = (np.frombuffer(data, "<f4").astype(np.float64) for data in (means, variances))
    return Baseline(np.frombuffer(pages, "<i8").astype(np.int64), levels, within)


def learnt_until(site: int) -> int | None:
    """Return the end of the last hour that is in the baselines of a site; None when there are none."""
    return max(HourlyBaseline.objects.filter(site_id=site).values_list("learnt_until", flat=True), default=None)


def reset_future(site: int, until: int) -> int:
    """Let the baselines that were learnt after `until` count as learnt until then, and return this moment."""
    HourlyBaseline.objects.filter(site_id=site, learnt_until__gt=until).update(learnt_until=until)
    return until


def store(site: int, hour: int, baselines: Baseline, until: int) -> None:
    """Replace the baseline of an hour. Of two processes that learn the same day at once, the second changes nothing."""
    row = HourlyBaseline(
        site_id=site,
        hour=hour,
        learnt_until=until,
        pages=baselines.pages.astype("<i8").tobytes(),
        means=baselines.means.astype("<f4").tobytes(),
        variances=baselines.variances.astype("<f4").tobytes(),
    )
    HourlyBaseline.objects.bulk_create([row], ignore_conflicts=True)
    changed = {name: getattr(row, name) for name in ("learnt_until", "pages", "means", "variances")}
    HourlyBaseline.objects.filter(site_id=site, hour=hour, learnt_until__lt=until).update(**changed)
