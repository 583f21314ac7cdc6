{#-
    Everything that a table promises of its rows, asked at once: each test of its own costs dbt more than the question costs DuckDB.
    Fails for every row, or every combination of columns that stands in several, with the promise that it breaks.

    key: columns that are never empty, and together stand in one row alone.
    unique: columns that together stand in one row alone, where some may be empty.
    filled: columns that are never empty.
    one_of: columns with the values that they may have, where they have one.
    adding_up: wholes with the parts that add up to each of them.
    found_by: columns by which a row is told where neither key nor unique is asked.
-#}
{% test holds(model, key=[], unique=[], filled=[], one_of={}, adding_up=[], found_by=[]) %}
{%- set named = key + unique -%}
{%- set told = named or found_by -%}
{%- set broken = [] -%}
{%- for column in key + filled -%}
    {%- do broken.append((column ~ ' is empty', column ~ ' is null')) -%}
{%- endfor -%}
{%- for column, values in one_of.items() -%}
    {%- do broken.append((column ~ ' is none of ' ~ values | join(', '), column ~ " not in ('" ~ values | join("', '") ~ "')")) -%}
{%- endfor -%}
{%- for sum in adding_up -%}
    {%- set parts = sum.parts | join(' + ') -%}
    {%- do broken.append((sum.whole ~ ' is not ' ~ parts, sum.whole ~ ' is distinct from ' ~ parts)) -%}
{%- endfor -%}
{%- if named %}
select
    '{{ named | join(', ') }} in several rows' as broken_promise,
    {{ columns_told(told) }} as found_in,
    count(*) as rows_found
from {{ model }}
group by {{ named | join(', ') }}
having count(*) > 1
{%- endif %}
{%- for promise, condition in broken %}
{%- if named or not loop.first %}
union all
{%- endif %}
select
    '{{ promise }}' as broken_promise,
    {{ columns_told(told) }} as found_in,
    1 as rows_found
from {{ model }}
where {{ condition }}
{%- endfor %}
{% endtest %}
