"""Water on streets, and levels of rivers and lakes."""
