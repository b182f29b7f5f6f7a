"""Reports that begin with their conclusions: what happened, why, what to do; below them the pictures."""

from workbench.widgets.briefs.delivery import AdvertiserReport, CampaignReview, Weekly
from workbench.widgets.briefs.plan import PlanReview
from workbench.widgets.briefs.trust import DataQuality

__all__ = ["AdvertiserReport", "CampaignReview", "DataQuality", "PlanReview", "Weekly"]
