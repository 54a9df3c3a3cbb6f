"""Water quality of West Lake: what stations measure, and the index made of it."""
