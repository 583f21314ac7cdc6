{#-
    What may be shown to others than auditors of tables of counts, so that no count of 1 to small_cell - 1 families can be computed
    from what stays: not by subtraction within a row, not from the total of all rows.

    `counts` names a relation of tables: table_code, row_key, whole, part (null where a row is not split), has_total (whether the
    sum of the rows is shown too). Answers each row, and for each table with a total a row of its own (is_total, row_key null), with
    whole_public and part_public; null is hidden.

    A row hides its whole where that is small, and its part where the part or the rest is. Where totals are shown, further rows
    are hidden until at least two are, and what the totals say of them together is at least twice small_cell and leaves them
    small_cell of freedom even if each of them holds one family. Where no row is left for that, the total is hidden. Which row is
    taken next hangs on wholes alone, which are mostly shown: what is hidden must not tell by the choice.
-#}
{% macro shown_counts(counts, small_cell='(select small_cell from ' ~ source('reference', 'targeting') ~ ')') -%}
    {%- set enough = "greatest(2 * limits.small_cell, running.hidden + limits.small_cell)" -%}
    (
        with limits as (
            select {{ small_cell }} as small_cell
        ),

        judged as (
            select
                counts.table_code,
                counts.row_key,
                counts.has_total,
                counts.whole,
                counts.part,
                counts.whole - counts.part as rest,
                {{ is_small('counts.whole') }}
                -- Of two families, one of each kind: whoever sees the two knows the one.
                or (counts.whole = 2 and counts.part = 1 and limits.small_cell > 1) as hides_whole,
                coalesce({{ is_small('counts.part') }} or {{ is_small('(counts.whole - counts.part)') }}, false) as hides_part
            from {{ counts }} as counts
            cross join limits
        ),

        whole_places as (
            select
                *,
                case
                    when hides_whole then 0
                    when whole > 0
                        then row_number() over (
                            partition by table_code, hides_whole or whole = 0
                            order by hides_part desc, whole asc, row_key asc
                        )
                end as place,
                bool_or(hides_whole) over (partition by table_code) as needs_cover
            from judged
        ),

        whole_running as (
            select
                table_code,
                place,
                sum(count(*)) over (partition by table_code order by place) as hidden,
                sum(sum(whole)) over (partition by table_code order by place) as total,
                sum(sum(case when place = 0 then 1 else whole end)) over (partition by table_code order by place) as cover
            from whole_places
            where place is not null and needs_cover and has_total
            group by table_code, place
        ),

        whole_enough as (
            select
                running.table_code,
                {{ first_place('running.cover >= ' ~ enough) }} as places
            from whole_running as running
            cross join limits
            where running.hidden >= 2 and running.total >= {{ enough }}
            group by running.table_code
        ),

        whole_hidden as (
            select
                places.table_code,
                places.row_key,
                places.has_total,
                places.whole,
                places.part,
                places.rest,
                places.hides_whole or coalesce(places.place <= chosen.places, false) as hides_whole,
                places.hides_part or places.hides_whole or coalesce(places.place <= chosen.places, false) as hides_part,
                places.needs_cover and chosen.places is null as hides_total
            from whole_places as places
            left join whole_enough as chosen on places.table_code = chosen.table_code
        ),

        part_seeds as (
            select
                table_code,
                count(*) as hidden,
                sum(part) as part,
                sum(rest) as rest
            from whole_hidden
            where hides_part and has_total and not hides_total and part is not null
            group by table_code
        ),

        -- A row helps where it holds some of what is too little.
        part_places as (
            select
                hidden.table_code,
                hidden.row_key,
                hidden.part,
                hidden.rest,
                hidden.hides_whole,
                case
                    when hidden.hides_part then 0
                    else
                        row_number() over (
                            partition by hidden.table_code, hidden.hides_part
                            order by least(hidden.part, hidden.rest) > 0 desc, hidden.whole asc, hidden.row_key asc
                        )
                end as place
            from whole_hidden as hidden
            inner join part_seeds as running on hidden.table_code = running.table_code
            cross join limits
            where
                hidden.hides_part
                or (running.hidden < 2 and hidden.whole > 0)
                or (running.part < {{ enough }} and hidden.part > 0)
                or (running.rest < {{ enough }} and hidden.rest > 0)
        ),

        part_running as (
            select
                table_code,
                place,
                sum(count(*)) over (partition by table_code order by place) as hidden,
                sum(sum(part)) over (partition by table_code order by place) as part,
                sum(sum(rest)) over (partition by table_code order by place) as rest,
                sum(sum({{ part_cover('part') }})) over (partition by table_code order by place) as part_cover,
                sum(sum({{ part_cover('rest') }})) over (partition by table_code order by place) as rest_cover
            from part_places
            group by table_code, place
        ),

        part_enough as (
            select
                running.table_code,
                {{ first_place('running.part_cover >= ' ~ enough ~ ' and running.rest_cover >= ' ~ enough) }} as places
            from part_running as running
            cross join limits
            where
                running.hidden >= 2
                and (running.part = 0 or running.part >= {{ enough }})
                and (running.rest = 0 or running.rest >= {{ enough }})
            group by running.table_code
        )

        select
            hidden.table_code,
            hidden.row_key,
            false as is_total,
            case when not hidden.hides_whole then hidden.whole end as whole_public,
            case when not hidden.hides_part and coalesce(places.place > chosen.places, true) then hidden.part end as part_public
        from whole_hidden as hidden
        left join part_places as places on hidden.table_code = places.table_code and hidden.row_key = places.row_key
        left join part_enough as chosen on hidden.table_code = chosen.table_code
        union all
        select
            hidden.table_code,
            null as row_key,
            true as is_total,
            case when not bool_or(hidden.hides_total) then sum(hidden.whole) end as whole_public,
            case
                when not bool_or(hidden.hides_total) and (not bool_or(seeds.table_code is not null) or any_value(chosen.places) is not null)
                    then sum(hidden.part)
            end as part_public
        from whole_hidden as hidden
        left join part_seeds as seeds on hidden.table_code = seeds.table_code
        left join part_enough as chosen on hidden.table_code = chosen.table_code
        where hidden.has_total
        group by hidden.table_code
    )
{%- endmacro %}

{#- Whether a count is one that must not be known: from one to small_cell - 1. -#}
{% macro is_small(families) -%}
    ({{ families }} > 0 and {{ families }} < limits.small_cell)
{%- endmacro %}

{#- What a row adds to a side for certain: one that hides by itself holds some of each, or, its whole hidden too, maybe none. -#}
{% macro part_cover(side) -%}
    case when place > 0 then {{ side }} when hides_whole then 0 else 1 end
{%- endmacro %}

{#-
    How many rows to take: if that can be, so many that the number does not hang on the small counts themselves (each is taken for
    the least that it can be), else as many as they need.
-#}
{% macro first_place(is_covered) -%}
    coalesce(min(running.place) filter (where {{ is_covered }}), min(running.place))
{%- endmacro %}

{#- A part of a count that is shown itself: hidden where it, or what is left of the whole, is a small count. -#}
{% macro public_part(part, whole) -%}
    case
        when
            {{ part }} not between 1 and targeting.small_cell - 1
            and {{ whole }} - {{ part }} not between 1 and targeting.small_cell - 1
            then {{ part }}
    end
{%- endmacro %}

{#- A share as it may be shown where what it is a share of is known. -#}
{% macro public_rate(part, whole) -%}
    round(({{ public_part(part, whole) }}) / nullif({{ whole }}, 0), 4)
{%- endmacro %}

{#- About how many families: to the next step of twice small_cell, none where there are none, and null for a few. -#}
{% macro about_as_many(families) -%}
    case
        when coalesce({{ families }}, 0) = 0 then 0
        else nullif(round({{ families }} / (2 * targeting.small_cell)) * 2 * targeting.small_cell, 0)
    end::bigint
{%- endmacro %}
