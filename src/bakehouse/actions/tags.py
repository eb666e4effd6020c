"""Tags: what users say of pipelines, their versions and runs, as keys and values. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from bakehouse.actions.errors import BadTags
from bakehouse.records.queries import Operation, Predicate

MOST_OF_A_PIPELINE, MOST_OF_A_RUN = 20, 64
LONGEST = 63  # characters of a key, and of a value (KFP's API server; Kubernetes' labels)


def checked(tags: Mapping[str, str], *, most: int) -> Mapping[str, str]:
    """The same tags. Raises `BadTags` for too many, too long ones, and keys that KFP's API server takes neither."""
    if len(tags) > most:
        raise BadTags(why=f"there are {len(tags)}", remedy=f"Leave some out: at most {most} are kept.")
    for key, value in tags.items():
        if not key or "." in key:
            raise BadTags(why=f"the key {key!r} is empty or has a dot in it", remedy="Give each tag a key without dots.")
        if len(key) > LONGEST or len(value) > LONGEST:
            raise BadTags(why=f"the key or the value of {key!r} is too long", remedy=f"Shorten it to at most {LONGEST} characters.")
    return tags


def of_run(tags: Mapping[str, str]) -> Mapping[str, str]:
    """The same tags. Raises `BadTags` as `checked` does, and for keys that `key=value` cannot say."""
    for key in tags:
        if "=" in key or key != key.strip():
            raise BadTags(why=f"the key {key!r} has a `=` in it, or a blank at an end", remedy="Give each tag a key that `key=value` can say.")
    return checked(tags, most=MOST_OF_A_RUN)


def changed(tags: Mapping[str, str], given: Mapping[str, str], removed: Collection[str]) -> Mapping[str, str]:
    """The tags of a run after some were given, and some removed. Raises `BadTags`, also for a key that is both."""
    if both := sorted(set(given) & set(removed)):
        raise BadTags(why=f"{both[0]!r} is to be set and to be removed", remedy="Say one of them.")
    return of_run({key: value for key, value in {**tags, **given}.items() if key not in removed})


def split(texts: Sequence[str]) -> Mapping[str, str]:
    """Texts `key=value` as the tags of a run; the value may be empty. Raises `BadTags`, also for a key that is given twice."""
    pairs = [(text, *text.partition("=")) for text in texts]
    for text, key, sign, _ in pairs:
        if not sign:
            raise BadTags(why=f"{text!r} is not key=value", remedy=f"Write {key}= for a tag without a value.")
    counts = Counter(key.strip() for _, key, _, _ in pairs)
    if twice := [key for key, number in counts.items() if number > 1]:
        raise BadTags(why=f"{twice[0]!r} is given twice", remedy="Give each tag one value.")
    return of_run({key.strip(): value for _, key, _, value in pairs})


def condition(text: str) -> Predicate:
    """What finds the runs with a tag: `key=value`, or `key` for any value."""
    key, sign, value = text.partition("=")
    return Predicate(f"tags.{key.strip()}", Operation.EQUALS, value) if sign else Predicate("tags", Operation.EQUALS, key.strip())
