"""What `cami compare` asks: both sides, in one store. `$GRAPH` is the import, `$AUTHORITY` its list."""

TAXA = "SELECT ?taxon ?label WHERE { ?taxon a cami:TreatyTaxonConcept ; rdfs:label ?label }"
LABEL = "SELECT ?label WHERE { $AUTHORITY rdfs:label ?label }"
RELATIONS = """
SELECT ?taxon ?said ?relation WHERE { GRAPH $GRAPH {
    ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:mappingRelation ?relation ;
        tcs:objectTaxonConcept ?concept .
    ?concept dwc:scientificName|dwc:taxonID ?said .
} }"""
OUR_NAMES = """
SELECT DISTINCT ?taxon ?name WHERE {
    { ?mapping a tcs:TaxonConceptMapping ; tcs:subjectTaxonConcept ?taxon ;
        tcs:objectTaxonConcept ?concept }
    UNION { ?event cami:listedTaxon ?taxon ; cami:listedConcept ?concept }
    ?concept tcs:accordingTo $AUTHORITY ; tcs:taxonName/tcs:nameString ?name .
}"""
THEIR_NAMES = """
SELECT ?taxon ?name ?relation WHERE { GRAPH $GRAPH {
    ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:mappingRelation ?relation ;
        tcs:objectTaxonConcept/dwc:scientificName ?name .
} }"""
CATEGORIES = """
SELECT ?taxon ?said ?name ?code ?when WHERE {
    GRAPH $GRAPH {
        ?assessment <http://iucn.org/terms/threatStatus> ?category ; dcterms:issued ?when ;
            dcterms:coverage ?scope ; dwc:scientificName ?name ;
            dwc:scientificName|dwc:taxonID ?said .
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
        FILTER(CONTAINS(?scope, "Global"))
        FILTER NOT EXISTS {
            ?assessment <https://w3id.org/cami/import/red-list#latest> false
        }
    }
    OPTIONAL { ?category skos:notation ?notation }
    BIND(COALESCE(?notation, STR(?category)) AS ?code)
}"""
OUR_CATEGORIES = """
SELECT ?taxon ?said ?relation ?name ?code ?year ?source WHERE {
    ?assessment a cami:RedListAssessment ; cami:assessedConcept ?concept ;
        cami:redListCategory/skos:notation ?code ; dcterms:source ?source .
    ?concept tcs:accordingTo $AUTHORITY ; tcs:taxonName/tcs:nameString ?name .
    ?mapping a tcs:TaxonConceptMapping ; tcs:subjectTaxonConcept ?taxon ;
        tcs:mappingRelation ?relation ; tcs:objectTaxonConcept ?concept .
    OPTIONAL { ?assessment cami:assessmentYear ?year }
    { BIND(?name AS ?said) }
    UNION { ?record cami:identifierOf ?concept ; cami:registry "iucn-red-list" ;
        skos:notation ?said }
} ORDER BY ?year"""
THEIR_APPENDICES = """
SELECT ?taxon ?said ?name ?appendix WHERE {
    GRAPH $GRAPH {
        ?usage a cami:TreatyTaxonUsage ; cami:printedName ?name ;
            dwc:scientificName|dwc:taxonID ?said .
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
    }
    OPTIONAL {
        GRAPH $GRAPH { ?usage cami:statedAppendix ?stated }
        ?stated skos:notation ?appendix
    }
}"""
LISTINGS = """
SELECT ?taxon ?name ?appendix ?source WHERE {
    ?event cami:listedTaxon ?taxon ; cami:convention $CONVENTION ; cami:listingAction "addition" ;
        cami:adoptionStatus cami:Adopted ; cami:appendix/skos:notation ?appendix ;
        cami:listedConcept/tcs:taxonName/tcs:nameString ?name ; dcterms:source ?source .
}"""
STATED = """
SELECT ?taxon ?name ?appendix ?source WHERE {
    ?usage a cami:TreatyTaxonUsage ; cami:refersToConcept ?taxon ; cami:printedName ?name ;
        cami:statedAppendix/skos:notation ?appendix ; prov:hadPrimarySource/cami:locator ?source .
}"""
ABSENT = """
SELECT ?taxon WHERE { ?absence cami:listedTaxon ?taxon ; a cami:ListingAbsence ;
    cami:convention $CONVENTION }"""
DISTRIBUTIONS = """
SELECT DISTINCT ?taxon ?said ?name ?status WHERE {
    GRAPH $GRAPH {
        ?place a <http://rs.gbif.org/terms/1.0/Distribution> ; dcterms:spatial ?state ;
            dcterms:source ?record .
        ?record dwc:scientificName|dwc:taxonID ?said .
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
        OPTIONAL { ?place dwc:occurrenceStatus|dwc:establishmentMeans ?status }
    }
    ?state rdfs:label ?name .
}"""
OCCURRENCES = """
SELECT DISTINCT ?taxon ?said ?name ?status WHERE {
    { SELECT DISTINCT ?said ?state ?status WHERE { GRAPH $GRAPH {
        ?record a dwc:Occurrence ; dcterms:spatial ?state ; dwc:occurrenceStatus ?status ;
            dwc:scientificName|dwc:taxonID ?said . } } }
    GRAPH $GRAPH {
        ?mapping tcs:subjectTaxonConcept ?taxon ; tcs:objectTaxonConcept ?concept .
        ?concept dwc:scientificName|dwc:taxonID ?said .
    }
    ?state rdfs:label ?name .
}"""
OUR_STATES = """
SELECT DISTINCT ?taxon ?name ?source WHERE {
    { ?region a cami:PriorityTransboundaryConservationRegion ; cami:hasTaxon ?taxon ;
        cami:spansState ?state ; rdfs:label ?label .
      BIND(CONCAT("region ", STR(?label), " has the taxon and spans the State") AS ?source) }
    UNION
    { ?event cami:listedTaxon ?taxon ; cami:includesPopulationOf ?state ; dcterms:source ?said .
      BIND(CONCAT("listing of this population: ", ?said) AS ?source) }
    ?state rdfs:label ?name .
}"""
