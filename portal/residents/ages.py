"""How old a figure is, in words; the same as maps/static/live.js says."""

from cityhub.words import Language, words_in


def age_words(seconds: float, language: Language) -> str:
    """`cách đây 3 phút`, `3 minutes ago`; a clock slightly ahead of ours counts as now."""
    words = words_in(language)
    whole = max(0, round(seconds))
    days, hours, minutes = (whole // length for length in (86_400, 3_600, 60))
    if days:
        return words.ngettext("age.day", "age.days", days, n=days)
    if hours:
        return words.ngettext("age.hour", "age.hours", hours, n=hours)
    if minutes:
        return words.ngettext("age.minute", "age.minutes", minutes, n=minutes)
    if whole:
        return words.ngettext("age.second", "age.seconds", whole, n=whole)
    return words.gettext("age.now")
