"""What to do about a problem of the monitoring: in plain words, one text for each kind."""

from dataclasses import dataclass

from crawler.core.attendance import INSTALLATION, Trouble
from crawler.core.health import ProblemKind
from crawler.notify.troubles import DELIVERY, TEMPLATE
from crawler.web.words import N_


@dataclass(frozen=True, kw_only=True)
class Advice:
    """English; the template translates it."""

    title: str
    meaning: str  # what we can't see meanwhile
    todo: str
    heals: str  # what closes the problem by itself


_RUN_HEALS = N_("It closes by itself when a run finds it well again.")

ADVICE: dict[str, Advice] = {
    ProblemKind.BLOCKED: Advice(
        title=N_("We are blocked"),
        meaning=N_(
            "The site turns our requests away, with a challenge page or a refusal. What it says of its pages now is "
            "not recorded as a change; changes made meanwhile will be seen later, with a longer time in between."
        ),
        todo=N_(
            "Open one of the addresses in a browser. If it opens there, ask the site’s owner to let our user agent "
            "in, or make visits rarer: a longer min_delay and a smaller budget_per_day in the profile."
        ),
        heals=_RUN_HEALS,
    ),
    ProblemKind.DOWN: Advice(
        title=N_("The site is down"),
        meaning=N_("Most requests bring no answer. Nothing counts as gone because of that."),
        todo=N_(
            "See whether the site opens from elsewhere. If it does, look at this machine’s network, its DNS and its "
            "proxy: letapis doctor. If it does not, wait: runs go on and notice when it is back."
        ),
        heals=_RUN_HEALS,
    ),
    ProblemKind.ROBOTS: Advice(
        title=N_("robots.txt forbids visits"),
        meaning=N_("The site’s robots.txt forbids nearly all of its pages, or can’t be read. We stay out then."),
        todo=N_(
            "Read the site’s robots.txt. If it is a mistake, tell the site’s owner. If you have their permission, set "
            "respect_robots = false in the profile."
        ),
        heals=_RUN_HEALS,
    ),
    ProblemKind.EMPTY: Advice(
        title=N_("Pages without content"),
        meaning=N_("Pages that had a text have none now, though their frame is there. The text before is kept."),
        todo=N_(
            "Open the page. If its text is there, the markup has changed: mend content in the profile’s [extract], and "
            "try it with letapis fetch. If the page really is empty, wait: it may be an error of the site."
        ),
        heals=N_("It closes by itself when the page has a text again."),
    ),
    ProblemKind.DRIFT: Advice(
        title=N_("Pages are read otherwise than before"),
        meaning=N_(
            "The profile’s content selectors no longer match, or the general extractor sees another text than they "
            "do: the site has probably been redesigned. Texts may be incomplete until the profile is mended."
        ),
        todo=N_(
            "Open one of the pages and look what holds its text now; put that selector first in content of the "
            "profile’s [extract]. Then read what is stored anew: letapis reextract. That makes no changes."
        ),
        heals=_RUN_HEALS,
    ),
    ProblemKind.SOFT_404: Advice(
        title=N_("Pages say “not found” and answer 200"),
        meaning=N_("The site answers with an error page as if all were well. Such answers count as missing pages."),
        todo=N_(
            "Open some of the addresses. If the pages are there, the site’s error page looks like them: name words of "
            "it in missing_text of the profile’s [extract]. If they are not, there is nothing to do."
        ),
        heals=_RUN_HEALS,
    ),
    ProblemKind.FEED_SILENT: Advice(
        title=N_("Nothing new for too long"),
        meaning=N_("A section that usually brings something new has brought nothing for longer than usual."),
        todo=N_(
            "Open the section. If there is something new, its list is not read any more: look at [listing] and at the "
            "seeds in the profile. If there is nothing, the rhythm in [health] may be too tight."
        ),
        heals=N_("It closes by itself when something new is found there."),
    ),
    Trouble.NOT_CRAWLED: Advice(
        title=N_("No crawl has come to its end for long"),
        meaning=N_("Runs do not start, or end early: changes are told late or not at all."),
        todo=N_(
            "Look at the site’s last runs and why they ended. If there are none, see whether the service runs "
            "(letapis status), and whether the site is paused or its hours are too short."
        ),
        heals=N_("It closes by itself when a crawl has come to its end."),
    ),
    "run": Advice(
        title=N_("A run did not end well"),
        meaning=N_("The last crawl broke off: what it had not visited yet is visited by the next one."),
        todo=N_("The evidence and the log say why. If it happens again, look at memory, disk and letapis doctor."),
        heals=N_("It closes by itself when a crawl has come to its end."),
    ),
    Trouble.LATE: Advice(
        title=N_("Pages wait too long for their visit"),
        meaning=N_("Visits are days late: more is due than may be asked for."),
        todo=N_(
            "See the site’s schedule. Raise budget_per_day or lower min_delay in the profile, as far as the site can "
            "bear; or let the profile leave out pages that nobody needs."
        ),
        heals=N_("It closes by itself when visits are in time again."),
    ),
    Trouble.DISK: Advice(
        title=N_("The disk is nearly full"),
        meaning=N_("When it is full, nothing more can be kept: runs end."),
        todo=N_("Make room on the disk of the home folder, or move it to a larger one: letapis backup, restore."),
        heals=N_("It closes by itself when there is room again."),
    ),
    Trouble.STUCK: Advice(
        title=N_("Messages wait too long to be sent"),
        meaning=N_("Nobody is told of what has changed, though it is recorded and can be seen here."),
        todo=N_("Look at the deliveries and their errors: the mail server or the network is the usual cause."),
        heals=N_("It closes by itself when messages go out again."),
    ),
    DELIVERY: Advice(
        title=N_("Messages of a subscription can’t be delivered"),
        meaning=N_("All attempts have failed: these messages are given up. Others go out as before."),
        todo=N_(
            "See the error among the deliveries. Mend the channel of the subscription, send a test message, and send "
            "what was given up once more."
        ),
        heals=N_("It closes by itself when a message of that subscription has arrived."),
    ),
    TEMPLATE: Advice(
        title=N_("A template of messages is broken"),
        meaning=N_("Your own template can’t be used; the built-in one is used in its place."),
        todo=N_("Mend the file in the templates folder that the evidence names, or take it away."),
        heals=N_("It closes by itself with the next message that your template makes."),
    ),
}

_UNKNOWN = Advice(
    title=N_("Trouble with the monitoring"),
    meaning=N_("What it is about stands in the evidence."),
    todo=N_("Look at the evidence and at the log."),
    heals=_RUN_HEALS,
)


def advice(kind: str) -> Advice:
    """What to say of a kind of problems; of one that is not known, the evidence has to speak."""
    return ADVICE.get(kind, _UNKNOWN)


def concerns_all(site: str) -> bool:
    """Whether a problem's site stands for the installation itself."""
    return site == INSTALLATION
