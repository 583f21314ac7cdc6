{#-
    Names as they are compared between registries, never as an identity (that is name_key, include/privacy.py): without titles,
    degrees and marks of the dead, the usual abbreviations written out; and as they sound, so that spellings of two eras and of
    two ears are one: Djamaludin and Jamaluddin, Jusuf and Yusuf, Soekarno and Sukarno, Hadijah and Khadijah.

    values: a relation with name_text. Gives relations, of which the last, heard_names, has one row a text.
-#}
{% macro compared_names(values) %}
    {%- set titles = 'h|hj|hi|haji|hajjah|hajah|kh|kyai|tgh|tuan guru|drs|dra|dr|drg|ir|prof|ust|ustad|ustadz|ustaz|ustadzah'
        ~ '|alm|almh|almarhum|almarhumah|sdr|sdri|bpk|bapak|pak|ibu|bu|tn|ny|nn' -%}
    {%- set degrees = 'pd|ag|sos|kom|kep|keb|hum|si|sc|ip|stp|pt|p|ap|farm|gz|km|kes|sy|psi|ikom|tr|ak|ec|hut|th|e|h|t|m|mat|md|ma|kn' -%}
    {%- set anywhere = 'alm|almh|almarhum|almarhumah|bin|binti|bte|bt|hj|drs|dra|haji' -%}
    {%- set honorifics = 'dae|ompu|ina|ama' -%}
    plain_names as (
        select
            name_text,
            -- "ARSYAD, S.Pd., M.Si" and "ARSYAD S.Pd": what follows a comma and begins like a degree, or bears its dot.
            regexp_replace(
                regexp_replace(
                    strip_accents({{ squeezed('name_text') }}), ',\s*(?:[smabd]\.?\s?[a-z]{1,4}\b|alm|a\.?\s?ma).*$', ''
                ),
                '(?:\s*\b[smabd]\.\s?(?:{{ degrees }})\b\.?(?:\s?i\b\.?)?)+\s*$', ''
            ) as undecorated
        from {{ values }}
    ),

    worded_names as (
        select
            name_text,
            trim(regexp_replace(regexp_replace(undecorated, '[''’‘`´ʼ′]', '', 'g'), '[^a-z]+', ' ', 'g')) as worded
        from plain_names
    ),

    untitled_names as (
        select
            name_text,
            worded,
            trim(regexp_replace(
                regexp_replace(worded, '^(?:(?:{{ titles }}) )+', ''), '\b(?:{{ anywhere }})\b', ' ', 'g'
            )) as untitled
        from worded_names
    ),

    called_names as (
        select
            name_text,
            -- Local honorifics (Dae Arsyad, Ompu Landa) where a name is left without them.
            regexp_replace(
                coalesce(nullif(regexp_replace(untitled, '\s+', ' ', 'g'), ''), worded), '^(?:{{ honorifics }}) ([a-z]{3,})', '\1'
            ) as called
        from untitled_names
    ),

    written_names as (
        select
            name_text,
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(called, '^m ([a-z]{2,})', 'muhammad \1'),
                        '\b(?:mo|mu)(?:c?h)(?:d|am|amm?ad|amm?ed)?\b|\bmu?h?mm?d\b|\bmhd\b', 'muhammad', 'g'
                    ),
                    '\babd(?:l|oel|u)?\b', 'abdul', 'g'
                ),
                '\b(?:st|sti|sitti|sity)\b', 'siti', 'g'
            ) as written
        from called_names
    ),

    -- A letter of its own for each sound of two letters, then spellings of one sound made one.
    sounding_names as (
        select
            name_text,
            written,
            translate(
                {%- set sounds = [
                    ('oe', 'u'), ('dj', 'j'), ('tj', 'c'), ('nj', 'ny'), ('sj|sy|sh|ts', 's'), ('kh|ch', 'h'),
                    ('th', 't'), ('dh', 'd'), ('dz', 'z'), ('ph', 'f'), ('gh', 'g'), ('ae', 'ai'), ('iy', 'i'), ('uw', 'u'),
                ] -%}
                {%- for _ in sounds %}regexp_replace({% endfor -%}
                written
                {%- for pattern, sound in sounds %}, '{{ pattern }}', '{{ sound }}', 'g'){% endfor -%}
                , 'jvpqz', 'yffks'
            ) as sounding
        from written_names
    ),

    once_sounding_names as (
        select
            name_text,
            written,
            -- A doubled letter is one; an h within a word is silent.
            list_transform(
                string_split(sounding, ' '),
                lambda word: regexp_replace(
                    left(word, 1) || replace(
                        array_to_string(
                            list_transform(
                                range(2, len(word) + 1),
                                lambda place: case when word[place] = word[place - 1] then '' else word[place] end
                            ), ''
                        ), 'h', ''
                    ), '^abdul?', 'abd'
                )
            ) as words
        from sounding_names
    ),

    heard_names as (
        select
            name_text,
            nullif(written, '') as name_compared,
            nullif(array_to_string(words, ''), '') as name_sound,
            -- What tells persons apart: neither Muhammad nor Siti nor Abdul does, nor a mere initial.
            list_sort(list_filter(words, lambda word: len(word) > 1 and word not in ('muamad', 'siti', 'abd'))) as name_words
        from once_sounding_names
    )
{% endmacro %}
