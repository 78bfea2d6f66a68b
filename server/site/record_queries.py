"""The queries that fill the records of the programme pages; each has one row a fact."""

PREFIXES = """PREFIX cami: <https://w3id.org/cami/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX tcs: <http://rs.tdwg.org/tcs/terms/>

"""

ACTIVITIES = """SELECT ?activity ?number ?title ?summary WHERE {
    ?activity a cami:Activity ; cami:number ?number ; rdfs:label ?title .
    OPTIONAL { ?activity dcterms:description ?summary }
}"""

LINKS = """SELECT DISTINCT ?activity ?facet ?value WHERE {
    ?activity a cami:Activity .
    {
        VALUES (?facet ?property) {
            ("programme" cami:inProgramme) ("section" cami:inSection) ("region" cami:concernsRegion)
            ("actor" cami:responsible) ("taxon" cami:concernsTaxon) ("target" cami:citesTarget)
            ("state" cami:concernsState)
        }
        ?activity ?property ?value .
    } UNION {
        VALUES ?facet { "priority" }
        ?activity cami:priority/skos:notation ?value .
    }
}"""

LABELS = """SELECT DISTINCT ?facet ?thing ?label WHERE {
    VALUES (?facet ?property) {
        ("programme" cami:inProgramme) ("section" cami:inSection) ("region" cami:concernsRegion)
        ("actor" cami:responsible) ("taxon" cami:concernsTaxon) ("target" cami:citesTarget)
        ("state" cami:concernsState)
    }
    ?activity a cami:Activity ; ?property ?thing .
    ?thing rdfs:label ?label .
} ORDER BY ?facet ?label ?thing"""

ITEMS = """SELECT ?activity ?letter ?label ?priority WHERE {
    ?item a cami:SubActivity ; cami:partOfActivity ?activity ; cami:number ?letter ; rdfs:label ?label .
    OPTIONAL { ?item cami:priority/skos:notation ?priority }
}"""

DEADLINES = """SELECT ?activity ?what ?qualifier ?date ?earliest WHERE {
    ?statement cami:deadlineOf ?activity ; rdfs:label ?what .
    ?activity a cami:Activity .
    OPTIONAL { ?statement cami:qualifier ?qualifier }
    OPTIONAL { ?statement cami:deadline ?date }
    OPTIONAL { ?statement cami:earliest ?earliest }
} ORDER BY ?statement"""

REGIONS = """SELECT ?region ?ordinal ?label ?state WHERE {
    ?region cami:ordinal ?ordinal ; rdfs:label ?label ; cami:spansState ?state .
    ?state rdfs:label ?name .
} ORDER BY ?ordinal ?name"""

STATES = """SELECT ?state ?label ?m49 WHERE {
    ?state a cami:RangeState ; rdfs:label ?label ; cami:m49 ?m49 .
} ORDER BY ?label"""

MAPPINGS = """SELECT ?taxon ?name ?authority ?relation ?refuted ?status ?by ?evidence ?mapping WHERE {
    ?mapping tcs:subjectTaxonConcept ?taxon ;
        tcs:objectTaxonConcept/tcs:taxonName/tcs:nameString ?name ;
        tcs:objectTaxonConcept/tcs:accordingTo/rdfs:label ?authority ;
        tcs:mappingRelation|cami:refutedRelation ?relation .
    OPTIONAL { ?mapping cami:mappingStatus ?status }
    OPTIONAL { ?mapping tcs:mappingAccordingTo/rdfs:label ?by }
    OPTIONAL { ?mapping cami:evidence ?evidence }
    BIND(EXISTS { ?mapping cami:refutedRelation ?relation } AS ?refuted)
} ORDER BY ?taxon ?authority ?name ?refuted ?mapping"""

TAXA = """SELECT ?taxon ?label ?name WHERE {
    ?taxon a cami:TreatyTaxonConcept ; cami:scientificName ?name ; rdfs:label ?label .
} ORDER BY ?label"""

LINEAGE = """SELECT ?earlier ?later ?relation ?confidence ?status ?reason WHERE {
    ?statement cami:lineageRelation ?relation ; cami:confidence ?confidence ;
        cami:mappingStatus ?status ; cami:reason ?reason .
    OPTIONAL { ?statement cami:earlierActivity ?earlier }
    OPTIONAL { ?statement cami:laterActivity ?later }
} ORDER BY ?earlier ?later ?relation"""

TARGETS = """SELECT ?target ?label WHERE {
    ?target a <http://metadata.cbd.int/kmgbf/ontology#Target> ; rdfs:label ?label .
}"""
