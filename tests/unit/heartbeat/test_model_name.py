"""Names of models, compared as Ollama does."""

from __future__ import annotations

import pytest

from heartbeat.model_name import find_name, is_cloud_name

SAME = [
    ("llama3.2:latest", "llama3.2"),
    ("llama3.2:latest", "Llama3.2"),
    ("llama3.2:latest", "LLAMA3.2:LATEST"),
    ("Qwen2.5:7B", "qwen2.5:7b"),
    ("llama3.2:latest", "library/llama3.2"),
    ("llama3.2:latest", "registry.ollama.ai/library/llama3.2:latest"),
    ("llama3.2:latest", "https://registry.ollama.ai/library/llama3.2"),
    ("registry.ollama.ai/library/llama3.2:latest", "llama3.2"),
    ("ann/own:latest", "Ann/Own"),
    ("ann/own:latest", "registry.ollama.ai/ann/own"),
    ("hf.co/some/Model-GGUF:Q4_K_M", "hf.co/some/model-gguf:q4_k_m"),
    ("hf.co/some/Model-GGUF:latest", "hf.co/some/Model-GGUF"),
    ("localhost:5000/ann/own:1b", "LOCALHOST:5000/ann/own:1b"),
    ("llama3.2:latest", " llama3.2 "),
    ("llama3.2:latest", "llama3.2:"),
]
OTHER = [
    ("llama3.2:latest", "llama3.2:1b"),
    ("llama3.2:1b", "llama3.2"),
    ("llama3.2:latest", "llama3"),
    ("ann/own:latest", "own"),
    ("hf.co/some/model:q4_k_m", "hf.co/some/model:q8_0"),
    ("hf.co/some/model:latest", "some/model"),
    ("localhost:5000/ann/own:latest", "localhost:5001/ann/own"),
    ("llama3.2:latest", ""),
]


@pytest.mark.parametrize(("there", "wanted"), SAME)
def test_the_same_model_in_other_words(there: str, wanted: str) -> None:
    assert find_name(wanted, ["other:1b", there]) == there
    assert find_name(there, [wanted]) == wanted


@pytest.mark.parametrize(("there", "wanted"), OTHER)
def test_another_model(there: str, wanted: str) -> None:
    assert find_name(wanted, [there]) is None


@pytest.mark.parametrize(
    ("name", "cloud"),
    [
        ("gpt-oss:120b-cloud", True),
        ("Kimi-K2:CLOUD ", True),
        ("deepseek-cloud", True),
        ("llama3.2", False),
        ("cloudy:latest", False),
        ("cloud:7b", False),
    ],
)
def test_a_model_of_the_cloud_is_known_by_its_name(name: str, cloud: bool) -> None:
    assert is_cloud_name(name) is cloud
