"""Every template there is, by the sort of scene that it writes about. Nothing here knows how answers are judged."""

from collections.abc import Callable

from evals.bench import agent_write_changes as changes
from evals.bench import agent_write_groups as groups
from evals.bench import agent_write_months as months
from evals.bench import agent_write_others as others
from evals.bench.agent_pen import Pen
from evals.bench.agent_scenes import Sort

Template = Callable[[Pen], str]
TEMPLATES: dict[Sort, tuple[Template, ...]] = {
    "compare": (
        changes.cost_and_change,
        changes.moved_by,
        changes.went_from_to,
        changes.against,
        changes.moved_in_words,
        changes.two_moved,
        changes.largest_rise,
        changes.how_many_moved,
        changes.total_moved,
        changes.total_more_than,
        changes.listed_changes,
        changes.it_moved,
    ),
    "breakdown": (
        groups.cost_and_share,
        groups.largest_group,
        groups.part_in_words,
        groups.out_of,
        groups.more_than,
        groups.times_as_much,
        groups.listed_costs,
        groups.tabled_costs,
        groups.counted_top,
        groups.how_many_groups,
        groups.round_about,
        groups.two_shares,
        groups.total_and_one,
        groups.it_cost,
        groups.without_credits,
    ),
    "filtered": (groups.filtered_total, groups.filtered_rows),
    "trend": (
        months.two_months,
        months.over_the_months,
        months.from_to_months,
        months.dearer_than_month,
        months.listed_months,
    ),
    "anomalies": (others.ran_above, others.excess_of, others.multiple_of_expected, others.how_many_incidents),
    "rightsizing": (others.saves, others.would_go, others.largest_saving, others.looked_at),
    "share": (others.share_of_total,),
    "difference": (others.more_by,),
    "growth": (others.calculated_growth,),
    "mean": (others.averaged,),
}
