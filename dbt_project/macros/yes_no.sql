{#-
    Yes, no, or not known (null): what is blank, says so in words or is no word for either is never "no" and never "yes". A code
    before the word ("2. Tidak") and marks behind it are passed over. also_yes, also_no: further words of this column, whatever
    follows ("TKW di Malaysia"); no_codes: the figures that mean no.
-#}
{% macro typed_yes_no(text, also_yes=[], also_no=[], no_codes=['0', '2']) -%}
    {%- set no_word = no_words() -%}
    list_transform(
        [regexp_replace(
            regexp_replace(
                regexp_replace({{ squeezed(text) }}, '[[:space:].,;:!]+$', ''),
                '^[0-9]+ ?[-–.):]+ ?([^0-9 ].*)$', '\1'
            ), '^0*([0-9]+?)(?:[.,]0+)?$', '\1'
        )],
        lambda answered: case
            when {{ says_unknown('answered') }} or regexp_full_match(answered, '[0-9]+ ?[-–.):]+') then null
            when answered in ('n', 'false'{% for code in no_codes %}, '{{ code }}'{% endfor %})
                or regexp_matches(answered, '^({{ ([no_word] + also_no) | join('|') }})\b')
                then false
            when answered in ('y', 'yes', '1', 'true', 'v', '√')
                or regexp_matches(answered, '^({{ (['ya', 'ada'] + also_yes) | join('|') }})\b')
                then true
        end
    )[1]
{%- endmacro %}

{#- How "no" begins, and what "not known" says no to. -#}
{% macro no_words() -%}
    tidak|tdk|tak|bukan|non|no|tanpa
{%- endmacro %}

{#- Whether a squeezed text says that nothing is known, in words or by a mark that fills the cell. -#}
{% macro says_unknown(text) -%}
    (
        regexp_full_match({{ text }}, '[-–—?.,_/ ]*|#.*|n\.?/?a|null|none|nan|kosong|nihil|unknown')
        or regexp_matches({{ text }}, '^(belum|blm|blum)\b')
        or regexp_matches(
            {{ text }},
            '^({{ no_words() }})( ada)? ?(di|ter)?(ketahui|tahu|data|isi|catat|jawab|kenal|jelas|keterangan|informasi)\b'
        )
    )
{%- endmacro %}

{#- How a column of kinds of disability names one; any word of the cell may. -#}
{% macro disability_words() -%}
    {{ return([
        '(.*\\b)?(disab|difab|cacat|tuna|netra|rungu|wicara|daksa|grahita|laras|bisu|tuli|buta|lumpuh|kusta|polio|pincang|autis'
        ~ '|mental|fisik|sensorik|intelektual|ganda|jiwa|odgj|down|cerebral|stroke|amputasi|kelainan|keterbatasan|gangguan)[a-z]*'
    ]) }}
{%- endmacro %}

{#- How a column of kinship names the head of a family; 1 is the head (SHDK of the population register). -#}
{% macro head_words() -%}
    {{ return(['kepala', 'kep\\.? ?kel[a-z]*', 'kk', 'krt']) }}
{%- endmacro %}

{#- How it names anybody else. -#}
{% macro member_words() -%}
    {{ return([
        kin_words(), 'ortu', 'mertua', 'fam[a-z]*', 'pembantu', 'lain[a-z]*', 'ipar', 'kakek', 'nenek', 'anggota', 'art', 'pasangan'
    ]) }}
{%- endmacro %}
