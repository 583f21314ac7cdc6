"""Why the warehouse cannot be worked with as it is. Each message says how to mend that."""


class WarehouseError(RuntimeError):
    """What all have in common: nothing is wrong with the program, and the same may be tried again once it is mended."""


class WarehouseMissingError(WarehouseError):
    """There is nothing to read yet: no run has made the warehouse."""


class WarehouseLostError(WarehouseError):
    """The warehouse is gone although an audit database was published from it; a new one would begin a second ledger."""


class WarehouseOutdatedError(WarehouseError):
    """Another version of this program made tables that cannot be made anew from what is configured."""


class WarehouseBusyError(WarehouseError):
    """Another process kept the warehouse for longer than we are willing to wait."""


class WarehouseUnreachableError(WarehouseError):
    """The server that holds the warehouse's catalogue does not answer, or lets nobody in."""


class PlaceLostError(WarehouseError):
    """The writer's place was lost while it was held, and another may have it."""
