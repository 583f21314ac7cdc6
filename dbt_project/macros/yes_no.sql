{#-
    Yes, no, or not known (null): blank is never "no". also_yes: further words that mean yes for this column;
    otherwise: what any other word means (a disability column often names the disability, a kinship column the kin).
-#}
{% macro typed_yes_no(text, also_yes=[], otherwise='null') -%}
    case
        when {{ squeezed(text) }} in ('', '-', '?', 'tidak diketahui', 'tidak tahu') then null
        when {{ squeezed(text) }} in ('tidak', 'tdk', 'no', 'n', '0', 'false', 'bukan', 'tidak ada', '2') then false
        when {{ squeezed(text) }} in (
            'ya', 'y', 'yes', '1', 'true', 'ada', 'v', '√'
            {%- for word in also_yes %}, '{{ word }}'{% endfor %}
        ) then true
        else {{ otherwise }}
    end
{%- endmacro %}
