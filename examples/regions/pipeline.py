"""Sales by region: a step for each region, another look where a check fails, and a note at the end, whatever happened.

A loop over an input, a condition in it, what its iterations give taken together, and an exit handler. Only the standard library is needed.

    bakehouse run examples/regions/pipeline.py -p floor=100
"""

from kfp import dsl
from kfp.dsl import Dataset, Input, Output, PipelineTaskFinalStatus

REGIONS = [{"region": "north", "stores": "3"}, {"region": "south", "stores": "5"}, {"region": "west", "stores": "2"}]


@dsl.component
def sell(region: str, stores: int, sales: Output[Dataset]) -> int:
    """Write the sales of each store of a region as CSV.

    Args:
        region: The name of the region.
        stores: How many stores it has.
        sales: The table.

    Returns:
        The sum of all stores.
    """
    amounts = [(len(region) * 7 * (store + 1)) % 50 + 10 for store in range(stores)]
    with open(sales.path, "w") as file:
        file.write("store,amount\n")
        file.writelines(f"{region}-{store},{amount}\n" for store, amount in enumerate(amounts))
    sales.metadata["stores"] = stores
    return sum(amounts)


@dsl.component
def count_stores(stores: str) -> int:
    """Read a number that came as a text."""
    return int(stores)


@dsl.component
def explain(region: str, total: int) -> str:
    """Say why a region is looked at again."""
    text = f"{region} sold {total} only"
    print(text)
    return text


@dsl.component
def add_up(tables: Input[list[Dataset]], totals: list, report: Output[Dataset]) -> int:
    """Put the tables of all regions together."""
    with open(report.path, "w") as out:
        for index, table in enumerate(tables):
            with open(table.path) as file:
                lines = file.readlines()
            out.writelines(lines if index == 0 else lines[1:])
    return sum(totals)


@dsl.component
def tell(status: PipelineTaskFinalStatus) -> None:
    """Say how it went."""
    print(f"{status.pipeline_task_name}: {status.state}")


@dsl.pipeline(name="regions")
def regions(rows: list[dict[str, str]] = REGIONS, floor: int = 80) -> None:
    """Sell in all regions, two at a time, and add up what they sold."""
    with dsl.ExitHandler(tell(), name="with a note at the end"):
        with dsl.ParallelFor(rows, parallelism=2) as row:
            stores = count_stores(stores=row.stores)
            sold = sell(region=row.region, stores=stores.output)
            with dsl.If(sold.outputs["Output"] < floor, name="too little"):
                explain(region=row.region, total=sold.outputs["Output"])
        add_up(tables=dsl.Collected(sold.outputs["sales"]), totals=dsl.Collected(sold.outputs["Output"]))
