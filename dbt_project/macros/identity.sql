{#- The digits of a NIK or KK without the marks people and spreadsheets put between them. -#}
{% macro identity_digits(text, cell="'t'") -%}
    regexp_replace(
        regexp_replace(coalesce({{ text }}, ''), case when {{ cell }} = 'n' then '\.0+$' else '^$' end, ''),
        '[\s.''’‘`"\-\x{00A0}\x{200B}\x{FEFF}]', '', 'g'
    )
{%- endmacro %}

{#-
    Whether digits can be a NIK: sixteen of them, a real birth date (women: day + 40), a serial, not one digit only.
    The region is not looked at: it is that of first registration and says nothing about today.
-#}
{% macro is_valid_nik(digits) -%}
    coalesce(
        regexp_full_match({{ digits }}, '[1-9][0-9]{15}')
        and right({{ digits }}, 4) <> '0000'
        and replace({{ digits }}, left({{ digits }}, 1), '') <> ''
        and (
            {%- for century in ('19', '20') %}
            try_cast(
                '{{ century }}' || substr({{ digits }}, 11, 2) || '-' || substr({{ digits }}, 9, 2) || '-'
                || lpad(((substr({{ digits }}, 7, 2))::integer % 40)::varchar, 2, '0') as date
            ) is not null and try_cast(substr({{ digits }}, 7, 2) as integer) < 72
            {%- if not loop.last %} or {% endif %}
            {%- endfor %}
        ),
        false
    )
{%- endmacro %}

{#- Checks identities, once for each distinct value. values: a relation with nik_text and nik_cell. -#}
{% macro checked_niks(values) %}
    select
        nik_text,
        nik_cell,
        {{ identity_digits('nik_text', 'nik_cell') }} as nik_digits,
        case when regexp_full_match(nik_digits, '[0-9]{16}') then {{ is_valid_nik('nik_digits') }} else false end as is_nik_valid,
        nik_digits in ('', '-') as is_nik_blank,
        nik_cell = 'n' and regexp_full_match(nik_digits, '[0-9]{15}0') as is_nik_precision_lost
    from {{ values }}
{% endmacro %}

{#- 520501******0003: the region and the serial stay, so that an office finds the row in its own list. -#}
{% macro mask_nik(text) -%}
    case
        when length({{ identity_digits(text) }}) >= 12
            then
                left({{ identity_digits(text) }}, 6) || repeat('*', length({{ identity_digits(text) }}) - 10)
                || right({{ identity_digits(text) }}, 4)
        else nullif(repeat('*', length({{ identity_digits(text) }})), '')
    end
{%- endmacro %}

{#- S*** A*****: the first letter of each word. -#}
{% macro mask_name(text) -%}
    array_to_string(
        list_transform(
            string_split_regex(trim({{ text }}), '\s+'),
            lambda word: left(word, 1) || repeat('*', greatest(length(word) - 1, 0))
        ), ' '
    )
{%- endmacro %}

{#- Any run of twelve digits or more, whatever stands between them, in a text that should hold none. -#}
{% macro mask_digit_runs(text) -%}
    regexp_replace({{ text }}, '([0-9][\s.''’\-]?){8,}([0-9][\s.''’\-]?){4,}', '************', 'g')
{%- endmacro %}
