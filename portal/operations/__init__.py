"""The pages of those who run the hub and work for it."""

from portal.operations.samples import SampleForm, sample_form_html

__all__ = ["SampleForm", "sample_form_html"]
