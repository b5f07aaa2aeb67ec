"""The Django project."""

from ideeza import numpy_cpu

numpy_cpu.choose()
