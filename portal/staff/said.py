"""What the console says after something was done."""

from collections.abc import Mapping

from cityhub.words import Language, words_in


def said_words(language: Language) -> Mapping[str, str]:
    """What was done, by its name."""
    words = words_in(language)
    return {
        "acknowledged": words.gettext("ops.said.acknowledged"),
        "bulk": words.gettext("ops.said.bulk"),
        "bulk_used": words.gettext("ops.said.bulk_used"),
        "bulk_none": words.gettext("ops.said.bulk_none"),
        "bulk_undone": words.gettext("ops.said.bulk_undone"),
        "reach": words.gettext("ops.said.reach"),
        "undone": words.gettext("ops.said.undone"),
        "listening": words.gettext("ops.said.listening"),
        "listening_ended": words.gettext("ops.said.listening_ended"),
        "maintained": words.gettext("ops.said.maintained"),
        "maintenance_ended": words.gettext("ops.said.maintenance_ended"),
        "replay": words.gettext("ops.said.replay"),
        "replay_waits": words.gettext("ops.said.replay_waits"),
        "returned": words.gettext("ops.said.returned"),
        "wallet": words.gettext("ops.said.wallet"),
        "place_registered": words.gettext("ops.said.place_registered"),
        "registered": words.gettext("ops.said.registered"),
        "mapped": words.gettext("ops.said.mapped"),
        "corrected": words.gettext("ops.said.corrected"),
        "refunded": words.gettext("ops.said.refunded"),
    }
