"""What people read, in Vietnamese and English: two gettext catalogues beside this module, read by Babel.

A message id is a name such as `map.legend`; the sentences stand in `vi.po` and `en.po` only. Blanks are written
`{name}`. A new sentence is an entry in both files and a call with its id as a literal: `words.gettext("map.close")`
in Python, `_("map.close")` in templates and scripts. `./hub check` finds ids without a sentence, sentences without a
use, and blanks that differ. Names of kinds, properties and bands stand in the table of kinds instead (cityhub.kinds).
"""

from cityhub.words.catalogue import Words, words_in
from cityhub.words.language import LANGUAGES, Language, choose_language

__all__ = ["LANGUAGES", "Language", "Words", "choose_language", "words_in"]
