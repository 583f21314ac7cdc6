{#-
    Yes, no, or not known (null): blank is never "no". also_yes: further words that mean yes for this column, whatever
    follows ("TKW di Malaysia"); otherwise: what any other word means (a disability column often names the disability,
    a kinship column the kin).
-#}
{% macro typed_yes_no(text, also_yes=[], otherwise='null') -%}
    case
        when {{ squeezed(text) }} in ('', '-', '?', 'tidak diketahui', 'tidak tahu', 'belum diketahui', 'belum didata') then null
        when {{ squeezed(text) }} in ('n', '0', 'false', '2', 'normal')
            or regexp_matches({{ squeezed(text) }}, '^(tidak|tdk|bukan|non|no|tanpa)\b') then false
        when {{ squeezed(text) }} in ('y', 'yes', '1', 'true', 'ada', 'v', '√')
            or regexp_matches({{ squeezed(text) }}, '^({{ (['ya'] + also_yes) | join('|') }})\b') then true
        else {{ otherwise }}
    end
{%- endmacro %}
