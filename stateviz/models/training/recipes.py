"""RECIPES: ways to train a model, by name; the published networks are among them."""

from __future__ import annotations

from dataclasses import replace

from stateviz.core.table import Table
from stateviz.models.training.recipe import Recipe

_CHAR_RNN = Recipe(
    "2 x 512 LSTM, dropout after each layer, one-hot input, RMSProp that decays, values clipped, state carried over",
    cell="lstm",
    width=512,
    layers=2,
    blocks=0,
    embedding="one-hot",
    epochs=50,
    batch=100,
    length=100,
    windows="consecutive",
    optimizer="rmsprop",
    rate=2e-3,
    schedule="decay",
    clip_value=5.0,
    dropout=0.5,
)
_PARENTHESIS = Recipe(
    "a GRU of 15 units with a linear readout for the parenthesis language, state carried over",
    cell="gru",
    width=15,
    blocks=0,
    embedding=15,
    steps=4_000,
    batch=32,
    length=100,
    windows="consecutive",
    rate=1e-2,
    warmup=20,
    schedule="cosine",
    clip=1.0,
)
_TOY = Recipe(
    "three tanh units that follow 1, 0, 1, 0: one-hot input, linear readout, small weights to begin with",
    cell="rnn",
    width=3,
    blocks=0,
    embedding="one-hot",
    init=0.01,
    steps=600,
    batch=1,
    length=4,
    windows="consecutive",
    rate=0.05,
)

RECIPES: Table[Recipe] = Table(
    "recipe",
    {
        "phone-case": Recipe(
            "the shipped 128-bit network: Adam at 3e-3, small batches, warm-up, cosine to 0, clipping",
            steps=32_000,
            batch=8,
            rate=3e-3,
            warmup=500,
            schedule="cosine",
            clip=1.0,
        ),
        "published": Recipe("the phone case as published in 2021: Adam at 1e-3, 10,000 steps"),
        "quick": Recipe(
            "a small binary network in about a minute, to try things out",
            width=64,
            steps=500,
            batch=16,
            length=256,
            rate=5e-3,
            warmup=20,
            schedule="cosine",
            clip=1.0,
        ),
        "char-rnn": _CHAR_RNN,
        "char-rnn-3": replace(_CHAR_RNN, description="the same with 3 x 512", layers=3),
        "char-rnn-linux": replace(
            _CHAR_RNN, description="the same with 3 x 700: 10 million parameters", layers=3, width=700
        ),
        "parenthesis": _PARENTHESIS,
        "parenthesis-one-hot": replace(
            _PARENTHESIS, description="the same with one-hot input in place of the embedding", embedding="one-hot"
        ),
        "toy-10": _TOY,
        "toy-110": replace(
            _TOY,
            description="the same for 1, 1, 0: the state tells the first 1 from the second",
            length=12,
            steps=2_000,
            rate=0.1,
        ),
        "hello": replace(
            _TOY, description="four letters, three tanh units, and the text hello", length=10, steps=1_000, rate=0.1
        ),
    },
)
