"""The steps of a beat: state and context, and one file per step."""
