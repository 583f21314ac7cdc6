-- How entitlements are counted wherever figures are shown, so that brief and pages say the same.
create or replace temp macro timing_counts(timing_status) as struct_pack(
    entitled := count(*),
    on_time := count_if(timing_status = 'on_time'),
    late := count_if(timing_status = 'late'),
    incomplete := count_if(timing_status = 'incomplete'),
    missing := count_if(timing_status = 'missing'),
    undated := count_if(timing_status = 'undated'),
    pending := count_if(timing_status = 'pending')
);

-- Up to each entitlement: what one family got too much feeds no other.
create or replace temp macro amount_sums(entitled_amount, delivered_amount) as struct_pack(
    entitled_amount := sum(entitled_amount),
    delivered_amount := sum(least(delivered_amount, entitled_amount)),
    excess_amount := sum(greatest(delivered_amount - entitled_amount, 0))
);
