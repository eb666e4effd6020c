"""Times as text. Pure: seconds in, text out, by the calendar's own arithmetic."""

from __future__ import annotations

_DAYS_TO_1970 = 719_468  # from 0000-03-01
_ERA = 146_097  # days of 400 years


def rfc3339(seconds: float) -> str:
    """Seconds since the epoch (UTC) as RFC 3339 text with milliseconds, as KFP's API writes times."""
    whole = int(seconds // 1)
    milliseconds = int((seconds - whole) * 1000)
    days, second = divmod(whole, 86_400)
    year, month, day = _date(days)
    return f"{year:04d}-{month:02d}-{day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{milliseconds:03d}Z"


def _date(days: int) -> tuple[int, int, int]:
    """Year, month and day of the Gregorian calendar, so many days after 1970-01-01. Years begin in March here: leap days are their last."""
    era, of_era = divmod(days + _DAYS_TO_1970, _ERA)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    since_march = (5 * of_year + 2) // 153
    day = of_year - (153 * since_march + 2) // 5 + 1
    month = since_march + 3 if since_march < 10 else since_march - 9  # noqa: PLR2004  # March to December, January and February
    return year_of_era + era * 400 + (month <= 2), month, day  # noqa: PLR2004  # January and February are the next year's
