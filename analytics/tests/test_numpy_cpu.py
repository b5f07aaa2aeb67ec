"""numpy is kept from its AVX-512 sort on the processors that run it slowly, and on no others."""

import os

import pytest

from ideeza import numpy_cpu

ZEN_4 = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nflags\t\t: avx2 avx512f avx512_vbmi2\n"


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    def choose(text: str | None, given: str | None = None) -> str | None:
        path = tmp_path / "cpuinfo"
        if text is not None:
            path.write_text(text)
        monkeypatch.setattr(numpy_cpu, "CPU_INFO", path)
        monkeypatch.delenv("NPY_DISABLE_CPU_FEATURES", raising=False)
        if given:
            monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", given)
        numpy_cpu.choose()
        return os.environ.pop("NPY_DISABLE_CPU_FEATURES", None)

    return choose


def test_zen_4_sorts_without_avx512(chosen):
    assert chosen(ZEN_4) == "X86_V4 AVX512_ICL"
    assert chosen(ZEN_4, "AVX512_SPR") == "AVX512_SPR"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "processor : 0\nFeatures : asimd sve\n",
        ZEN_4.replace("AuthenticAMD", "GenuineIntel"),
        ZEN_4.replace("25", "26"),
        ZEN_4.replace("avx512f avx512_vbmi2", ""),
    ],
)
def test_others_sort_as_numpy_chooses(chosen, text):
    assert chosen(text) is None
