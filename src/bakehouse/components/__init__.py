"""AUTHOR: components that are loaded from files: compiled ones, whole pipelines among them, and the component files of KFP 1.

Every name of kfp 2.17's `kfp.components` is here.
"""

from bakehouse.components.loaded import YamlComponent
from bakehouse.components.loading import load_component_from_file, load_component_from_text, load_component_from_url
from bakehouse.dsl import older
from bakehouse.dsl.component import BaseComponent
from bakehouse.dsl.container import ContainerComponent
from bakehouse.dsl.lightweight import PythonComponent

__all__ = [
    "BaseComponent",
    "ContainerComponent",
    "PythonComponent",
    "YamlComponent",
    "load_component_from_file",
    "load_component_from_text",
    "load_component_from_url",
]


def __getattr__(name: str) -> object:
    return older.name(__name__, name)
