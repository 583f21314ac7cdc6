{#-
    How the tables grow. A log adds rows and takes none away, so the tables of logs are appended to, by the submission's
    place in the ledger: what stands before reference.parameters.pending_from is in them already. Whatever can change the
    meaning of rows that were judged before (a list, a registry, the configuration, the models themselves) makes the loader
    drop all tables (include/warehouse/judged.py), and they are built whole.
-#}

{#- The first submission that the tables do not hold yet, as a figure: DuckDB skips the blocks before it. -#}
{% macro pending_from() -%}
    {%- if execute -%}
        {{ run_query('select pending_from from ' ~ source('reference', 'parameters')).columns[0].values()[0] }}
    {%- else -%}
        1
    {%- endif -%}
{%- endmacro %}

{#- The condition for the rows of submissions that a table does not hold yet; every row where it is built whole. -#}
{% macro is_pending(relation=none) -%}
    {%- if is_incremental() -%}
        {{ relation ~ '.' if relation else '' }}sequence >= {{ pending_from() }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Before appending: what a run that was stopped half-way has appended already. -#}
{% macro forget_pending() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where sequence >= {{ pending_from() }}
    {%- endif -%}
{%- endmacro %}

{#- Before judging anew: what stood only as long as something was delivered may stand no more. -#}
{% macro forget_touched() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where entitlement_id in (select touched.entitlement_id from {{ ref('int_entitlements_touched') }} as touched)
    {%- endif -%}
{%- endmacro %}

{#- The place of a row among all rows that were ever received, as one number: submission, sheet, row. -#}
{% macro row_key(rows=none) -%}
    {%- set of = rows ~ '.' if rows else '' -%}
    ({{ of }}sequence::bigint * 68719476736 + {{ of }}sheet_number::bigint * 67108864 + {{ of }}row_number)
{%- endmacro %}

{#- What such a number is made of. -#}
{% macro sequence_of(key) -%}
    ({{ key }} // 68719476736)
{%- endmacro %}

{% macro sheet_number_of(key) -%}
    (({{ key }} // 67108864) % 1024)::integer
{%- endmacro %}

{% macro row_number_of(key) -%}
    ({{ key }} % 67108864)::integer
{%- endmacro %}

{#- Whether the tables hold earlier submissions, so that only what is new is worked on. -#}
{% macro has_kept_tables() -%}
    {{ return(execute and pending_from() | int > 1) }}
{%- endmacro %}
