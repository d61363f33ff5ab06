"""How a decision is made: reading lines, the triage, prompts, and the model port with its Ollama adapter."""
