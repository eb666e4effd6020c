"""What a component installs."""

from kfp import dsl


@dsl.component(packages_to_install=["pandas==2.0.0", "scikit-learn>=1.3,<2", 'tabulate[widechars]==0.9.0; python_version >= "3.8"'])
def packages() -> str:
    return ""


@dsl.component(packages_to_install=[])
def no_packages():
    pass


@dsl.component(
    base_image="python:3.12-slim",
    packages_to_install=["pandas"],
    pip_index_urls=["https://example.org/simple", "https://mirror.example.org/simple"],
)
def indexes():
    pass


@dsl.component(
    base_image="python:3.12-slim",
    packages_to_install=["pandas"],
    pip_index_urls=["https://example.org/simple"],
    pip_trusted_hosts=["example.org", "other.example.org:8080"],
)
def trusted():
    pass


@dsl.component(packages_to_install=["pandas"], pip_index_urls=["https://example.org/simple"], pip_trusted_hosts=[])
def untrusted():
    pass


@dsl.component(pip_index_urls=["https://example.org/simple"])
def index_for_kfp():
    pass


@dsl.component(install_kfp_package=False)
def bare():
    pass


@dsl.component(install_kfp_package=False, packages_to_install=["pandas"])
def without_kfp():
    pass


@dsl.component(kfp_package_path="git+https://example.org/pipelines.git#subdirectory=sdk/python", packages_to_install=["pandas"])
def kfp_from_elsewhere():
    pass


@dsl.component(use_venv=True, packages_to_install=["pandas"])
def in_venv():
    pass


@dsl.component(use_venv=True)
def in_venv_without_packages():
    pass


@dsl.component(packages_to_install=["kfp==2.16.0", "pandas"])
def own_kfp():
    pass


@dsl.pipeline(name="packages")
def all_packages():
    packages()
    no_packages()
    indexes()
    trusted()
    untrusted()
    index_for_kfp()
    bare()
    without_kfp()
    kfp_from_elsewhere()
    in_venv()
    in_venv_without_packages()
    own_kfp()
