"""How a decision is made: reading lines, judging items, writing texts, prompts, and the port to the model."""
