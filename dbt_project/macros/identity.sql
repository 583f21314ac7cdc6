{#- The digits of a NIK or KK without the marks people and spreadsheets put between them (as include/privacy.py does). -#}
{% macro identity_digits(text) -%}
    regexp_replace(
        regexp_replace(
            translate(coalesce({{ text }}, ''), '０１２３４５６７８９', '0123456789'), '^\s*([0-9]{16})[.,]0+\s*$', '\1'
        ),
        '[\s''"`.\x{00A0}\x{00AD}\x{00B4}\x{2010}-\x{2015}\x{2018}-\x{201D}\x{200B}-\x{200D}\x{2060}\x{FEFF}\-]', '', 'g'
    )
{%- endmacro %}

{#- Sixteen digits with a serial, not one digit only: what NIK and KK have in common. -#}
{% macro is_sixteen_digits(digits) -%}
    regexp_full_match({{ digits }}, '[1-9][0-9]{15}')
    and right({{ digits }}, 4) <> '0000'
    and replace({{ digits }}, left({{ digits }}, 1), '') <> ''
{%- endmacro %}

{#- Whether digits 7 to 12 are a day of this or the last century; a number of days to take off the day (women's NIK) first. -#}
{% macro has_day_within(digits, modulo=100) -%}
    (
        {%- for century in ('19', '20') %}
        try_cast(
            '{{ century }}' || substr({{ digits }}, 11, 2) || '-' || substr({{ digits }}, 9, 2) || '-'
            || lpad((try_cast(substr({{ digits }}, 7, 2) as integer) % {{ modulo }})::varchar, 2, '0') as date
        ) is not null
        {%- if not loop.last %} or {% endif %}
        {%- endfor %}
    )
{%- endmacro %}

{#-
    Whether digits can be a NIK: sixteen of them, a real birth date (women: day + 40), a serial, not one digit only.
    The region is not looked at: it is that of first registration and says nothing about today.
-#}
{% macro is_valid_nik(digits) -%}
    coalesce(
        {{ is_sixteen_digits(digits) }}
        and {{ has_day_within(digits, modulo=40) }} and try_cast(substr({{ digits }}, 7, 2) as integer) < 72,
        false
    )
{%- endmacro %}

{#- Whether digits can be the number of a family card: as a NIK, but its date is the day on which the card was issued. -#}
{% macro is_valid_kk(digits) -%}
    coalesce({{ is_sixteen_digits(digits) }} and {{ has_day_within(digits) }}, false)
{%- endmacro %}

{#- The day of birth that a NIK bears, as DDMMYY (women: day + 40); null where the digits are none. -#}
{% macro birth_day_of_nik(digits) -%}
    case
        when {{ is_valid_nik(digits) }}
            then lpad((substr({{ digits }}, 7, 2)::integer % 40)::varchar, 2, '0') || substr({{ digits }}, 9, 4)
    end
{%- endmacro %}

{#- What `pantau erase` leaves of a number that could be used: it was right, and says no more whose it is. -#}
{% macro is_erased(digits) -%}
    regexp_full_match({{ digits }}, '[0-9]{6}\*{6}[0-9]{4}')
{%- endmacro %}

{#- What people write where they have no number ("belum rekam"), and zeros and dashes: as good as an empty cell. -#}
{% macro says_no_number(text) -%}
    regexp_full_match(
        {{ squeezed(text) }},
        '[-–—.0 ]*|(belum|blm|blum|tidak|tdk|tak|tanpa)( .*)?|kosong|nihil|n\.?/?a\.?|null|none|\?+|(dalam )?proses( .*)?'
    )
{%- endmacro %}

{#- 5,20508E+15: what a spreadsheet shows of a number that is too wide for its column. -#}
{% macro is_exponent(text) -%}
    regexp_full_match(trim(coalesce({{ text }}, '')), '[0-9](?:[.,][0-9]+)?\s*[eE]\s*\+?\s*1[0-9]')
{%- endmacro %}

{#-
    Checks NIK and KK, once for each distinct pair of cells.

    values: a relation with nik_text, nik_cell, is_nik_keyless, kk_text, kk_cell, is_kk_keyless; keyless means that
    reading took the number for nobody's: whether a spreadsheet has cut it is decided there and nowhere else.
-#}
{% macro checked_numbers(values) %}
    select
        *,
        {%- for column, is_valid in [('nik', is_valid_nik), ('kk', is_valid_kk)] %}
        {{ identity_digits(column ~ '_text') }} as {{ column }}_digits,
        {{ is_valid(column ~ '_digits') }} or {{ is_erased(column ~ '_digits') }} as is_{{ column }}_valid,
        {{ says_no_number(column ~ '_text') }} as is_{{ column }}_blank,
        is_{{ column }}_keyless and (
            {{ is_exponent(column ~ '_text') }}
            or ({{ column }}_cell = 'n' and {{ is_erased(column ~ '_digits') }})
            or ({{ column }}_cell = 'n' and regexp_full_match({{ column }}_digits, '[0-9]{16}') and replace({{ column }}_digits, {{ column }}_digits[1], '') <> '')
        ) as is_{{ column }}_precision_lost{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ values }}
{% endmacro %}

{#- Which digits of a NIK cannot be right, in words for its sender; null where nothing can be said. -#}
{% macro nik_problem(digits) -%}
    case
        when regexp_matches({{ digits }}, '[^0-9]') then 'NIK memuat huruf atau tanda selain angka'
        when length({{ digits }}) <> 16 then 'NIK terdiri atas ' || length({{ digits }}) || ' angka, seharusnya 16'
        when left({{ digits }}, 1) = '0' then 'angka pertama NIK berisi 0'
        when not substr({{ digits }}, 7, 2)::integer between 1 and 31 and not substr({{ digits }}, 7, 2)::integer between 41 and 71
            then 'angka ke-7 dan ke-8 NIK (hari lahir) berisi ' || substr({{ digits }}, 7, 2)
        when not substr({{ digits }}, 9, 2)::integer between 1 and 12
            then 'angka ke-9 dan ke-10 NIK (bulan lahir) berisi ' || substr({{ digits }}, 9, 2)
        when right({{ digits }}, 4) = '0000' then 'angka ke-13 sampai ke-16 NIK (nomor urut) berisi 0000'
        else 'angka ke-7 sampai ke-12 NIK (' || substr({{ digits }}, 7, 6) || ') bukan tanggal lahir yang ada dalam kalender'
    end
{%- endmacro %}

{#-
    Who a row speaks of: the NIK; else the family card, told apart by name where a NIK stands beside it that cannot be
    used (two members of a family are not one person); else name and village. A row with nothing but a NIK whose last
    digit is lost is a person of its own, so that two such rows are never taken for one.

    of_one_family: whether a row without a NIK speaks for its family. A registry names the family's members one by one, and
    two of the same name are told apart by their birth dates.
-#}
{% macro beneficiary_key(of_one_family=true) -%}
    case
        when nik_key is not null then nik_key
        {%- if of_one_family %}
        when kk_key is not null and (is_nik_blank or name_key is null) then kk_key
        when kk_key is not null then md5(kk_key || '|' || name_key)
        {%- else %}
        when kk_key is not null and name_key is null then kk_key
        when kk_key is not null then md5(kk_key || '|' || name_key || coalesce('|' || birth_day, ''))
        when name_key is not null and village_code is not null and birth_day is not null
            then md5(name_key || '|' || village_code || '|' || birth_day)
        {%- endif %}
        when name_key is not null and village_code is not null then md5(name_key || '|' || village_code)
        when (is_nik_precision_lost or is_nik_kk_swapped or {{ is_erased('nik_digits') }}) and length(nik_digits) = 16
            then md5(submission_id || ':' || sheet_number || ':' || row_number)
    end
{%- endmacro %}

{# What is owed to one beneficiary of a programme for one period. #}
{% macro entitlement_id(rows, beneficiary) -%}
    'E' || left(md5({{ rows }}.program_code || '|' || {{ rows }}.period || '|' || {{ beneficiary }}), 16)
{%- endmacro %}

{#-
    What the two numbers of a pair can be, each being read as the other: a NIK holds a date of birth, a KK the day on which
    the card was issued. Expects what checked_numbers gives.
-#}
{% macro numbers_compared(checked) %}
    select
        *,
        case when not is_nik_keyless then try_cast(nik_digits as ubigint) end as nik_number,
        case when not is_kk_keyless then try_cast(kk_digits as ubigint) end as kk_number,
        try_cast(substr(nik_digits, 11, 2) as integer) as nik_year,
        try_cast(substr(kk_digits, 11, 2) as integer) as kk_year,
        -- Family cards have had such numbers for some twenty years, and no recipient is a child: a date before that, or a
        -- woman's (day + 40), is a date of birth; one of the last years is that of a card.
        not is_nik_keyless and {{ is_valid_kk('nik_digits') }} and nik_year not between 40 and 94 as may_nik_be_kk,
        may_nik_be_kk and nik_year between 8 and 39 as reads_nik_as_kk,
        not is_kk_keyless and {{ is_valid_nik('kk_digits') }}
        and (kk_year between 40 and 94 or try_cast(substr(kk_digits, 7, 2) as integer) > 40) as reads_kk_as_nik,
        coalesce(nik_number = kk_number, false) as is_nik_equal_kk,
        is_nik_valid
        and left(nik_digits, 4) <> (select replace(regency_code, '.', '') from {{ source('reference', 'parameters') }})
            as is_nik_other_region,
        case
            when not is_nik_valid and not is_nik_blank and not is_nik_precision_lost then {{ nik_problem('nik_digits') }}
        end as nik_problem
    from {{ checked }}
{% endmacro %}

{#- What is known of the numbers of a row, from a relation joined as `pairs`. -#}
{% macro identity_facts() -%}
    {%- for fact in [
        'nik_digits', 'nik_problem', 'is_nik_valid', 'is_nik_blank', 'is_nik_precision_lost', 'is_nik_other_region',
        'is_nik_equal_kk', 'is_nik_kk_swapped', 'is_kk_valid', 'is_kk_blank', 'is_kk_precision_lost',
    ] %}
        pairs.{{ fact }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Remarks on NIK and KK that every kind of list shares. -#}
{% macro identity_warnings() -%}
    {{ return([
        ('nik_invalid', 'not is_nik_valid and not is_nik_blank and not is_nik_precision_lost and not is_nik_kk_swapped'),
        ('nik_precision_lost', 'is_nik_precision_lost'),
        ('nik_other_region', 'is_nik_other_region'),
        ('nik_equals_kk', 'is_nik_equal_kk'),
        ('nik_kk_swapped', 'is_nik_kk_swapped'),
        ('nik_kk_in_one_cell', "nik_cell = 'p'"),
        ('identity_corrected', "nik_cell = 'k' or name_cell = 'k'"),
        ('kk_invalid', 'not is_kk_valid and not is_kk_blank and not is_kk_precision_lost and not is_nik_kk_swapped'),
        ('kk_precision_lost', 'is_kk_precision_lost'),
        ('name_missing', "name_cell <> '-' and name_key is null"),
        ('name_two_persons', "contains(name, '/') and regexp_matches(name, '[A-Za-z]{2,}[.\\s]*/\\s*[A-Za-z]{2,}')"),
    ]) }}
{%- endmacro %}

{#- Whether a name bears the mark of the dead: Alm. ARSYAD, SITI (almh). -#}
{% macro is_marked_dead(name) -%}
    contains(lower({{ name }}), 'alm')
    and regexp_matches(
        {{ name }}, '(?i)^\s*\(?\s*(alm|almh|almarhum|almarhumah)\b|\(\s*(alm|almh|almarhum|almarhumah)\s*\.?\s*\)|,\s*(alm|almh)\.?\s*$'
    )
{%- endmacro %}

{#- 520501******0003: the region and the serial stay, so that an office finds the row in its own list. -#}
{% macro mask_nik(text) -%}
    case
        when length({{ identity_digits(text) }}) >= 12
            then
                regexp_replace(
                    left({{ identity_digits(text) }}, 6) || repeat('*', length({{ identity_digits(text) }}) - 10)
                    || right({{ identity_digits(text) }}, 4), '[^0-9*]', '*', 'g'
                )
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

{#- A cell for an amount or a day; without a digit it may hold what belongs into another column, a name say. -#}
{% macro mask_figures(text) -%}
    case when regexp_matches({{ text }}, '[0-9]') then {{ mask_digit_runs(text) }} else {{ mask_name(text) }} end
{%- endmacro %}
