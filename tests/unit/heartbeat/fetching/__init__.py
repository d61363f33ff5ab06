"""Looking at connections safely."""
