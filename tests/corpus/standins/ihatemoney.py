"""ihatemoney: a constant and an enum of its models; its `migrations.utils` is the real one."""

import enum
from types import SimpleNamespace

from standing import package, stand

package("ihatemoney")
stand("ihatemoney.currency_convertor", CurrencyConverter=SimpleNamespace(no_currency="XXX"))
stand("ihatemoney.models", BillType=enum.Enum("BillType", ["EXPENSE", "REIMBURSEMENT", "TRANSFER"]))
