"""A language model that is real in every part but its sense: random weights in llama.cpp's own file format."""

from pathlib import Path

import gguf
import numpy as np

_WIDTH, _INNER, _HEADS, _LAYERS, _CONTEXT = 32, 64, 4, 2, 2048
_END = 2
# Unknown, begin, end, then a token for each byte: any text can be said.
_TOKENS = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256)), "\u2581".encode()]
_KINDS = [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * 256, gguf.TokenType.NORMAL]


def write_models(folder: Path) -> Path:
    """Write `tiny.gguf`, which makes texts, and `vectors.gguf`, which embeds them."""
    write_model(folder / "tiny.gguf")
    write_model(folder / "vectors.gguf", pooling=True)
    return folder


def write_model(file: Path, *, pooling: bool = False) -> None:
    """A model of 100 kB; with `pooling` its file says how it embeds."""
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    if pooling:
        writer.add_pooling_type(gguf.PoolingType.MEAN)
    _write_words(writer)
    _write_weights(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_words(writer: gguf.GGUFWriter) -> None:
    writer.add_vocab_size(len(_TOKENS))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(_TOKENS)
    writer.add_token_scores([0.0] * len(_TOKENS))
    writer.add_token_types(_KINDS)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(_END)


def _write_weights(writer: gguf.GGUFWriter) -> None:
    random = np.random.default_rng(7)

    def add(name: str, *shape: int) -> None:
        weights = np.ones(shape) if len(shape) == 1 else random.normal(0, 0.3, shape)
        if name == "output":
            weights[_END] = 0  # never among the likeliest: answers are as long as they may be
        writer.add_tensor(f"{name}.weight", weights.astype(np.float32))

    add("token_embd", len(_TOKENS), _WIDTH)
    add("output_norm", _WIDTH)
    add("output", len(_TOKENS), _WIDTH)
    for layer in range(_LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            add(f"blk.{layer}.{name}", _WIDTH)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{name}", _WIDTH, _WIDTH)
        for name, shape in {
            "ffn_gate": (_INNER, _WIDTH),
            "ffn_up": (_INNER, _WIDTH),
            "ffn_down": (_WIDTH, _INNER),
        }.items():
            add(f"blk.{layer}.{name}", *shape)
