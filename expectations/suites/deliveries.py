"""Suites on what families received."""

from __future__ import annotations

from expectations.rules import deliveries, payments, recipients, susenas

ACCURACY = "delivery_accuracy__amount_and_timing"
UNEXPECTED = "unexpected_deliveries__recipients"
PAYMENTS = "deliveries__plausibility"
SUSENAS = "susenas_readiness__cutoff"

RULES = {
    ACCURACY: (
        deliveries.ExpectNoMissingDelivery,
        deliveries.ExpectNoLateDelivery,
        deliveries.ExpectNoIncompleteDelivery,
        deliveries.ExpectNoShortAmount,
        deliveries.ExpectNoExcessAmount,
        payments.ExpectNoHindsightDate,
    ),
    UNEXPECTED: (
        recipients.ExpectEveryRecipientListed,
        recipients.ExpectEligibleVillage,
        recipients.ExpectProgramToRun,
        recipients.ExpectNoDuplicateDelivery,
    ),
    PAYMENTS: (
        payments.ExpectPlausibleUnits,
        payments.ExpectPeriodCapKept,
        payments.ExpectNoPaymentBeforeItsPeriod,
        payments.ExpectNoPaymentBeforeItsGate,
        recipients.ExpectNoDeceasedRecipient,
    ),
    SUSENAS: (susenas.ExpectReadinessBeforeSusenas,),
}
