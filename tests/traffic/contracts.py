"""Small contracts, unlike the packaged one, for tests of what must hold for any.

Owns: CONTRACTS, and `contract`, which reads one by name.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cancelkit.spec import Contract
from cancelkit.spec.reading import read_contract

NOTES = """
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes:
    get:
      operationId: findNotes
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [count, next, previous, results]
                properties:
                  count: {type: integer}
                  next: {type: string, nullable: true}
                  previous: {type: string, nullable: true}
                  results: {type: array, items: {$ref: '#/components/schemas/Note'}}
    post:
      operationId: writeNote
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Draft'}}}
      responses:
        '201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        default: {description: no}
  /notes/{slug}:
    parameters:
      - {name: slug, in: path, required: true, schema: {type: string}}
    get:
      operationId: readNote
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        default: {description: no}
components:
  schemas:
    Draft:
      type: object
      required: [slug]
      properties:
        slug: {type: string, maxLength: 10}
        weight: {type: number, multipleOf: 0.5}
        secret: {type: string, writeOnly: true}
        tags: {type: array, uniqueItems: true, items: {type: string}}
    Note:
      type: object
      required: [slug]
      properties:
        slug: {type: string}
        weight: {type: number, nullable: true}
        tags: {type: array, items: {type: string}}
"""

REVIEWS = """
openapi: 3.0.3
info: {title: Reviews, version: "1"}
servers: [{url: https://shop.example/backend}]
security: [{key: []}]
x-behaviours:
  authentication: {requires: A key is needed., level: documented}
  error-shape: {requires: Errors hold a reason., level: documented}
  identity-stands: {requires: An id stays., level: documented}
  transitions: {requires: States follow the table., level: documented}
  create-initial-state: {requires: A new review is pending., level: documented}
  action-effect: {requires: An action sets the state., level: documented}
  delete-gone: {requires: What is deleted stays away., level: documented}
  ids-unique: {requires: No id is given twice., level: documented}
  channel-isolation: {requires: A review has one shop., level: documented}
  filter-null-never-matches: {requires: Null matches nothing., level: documented}
  paging-defaults: {requires: A page holds twenty., level: documented}
paths:
  /api/v2/countries/{country}/shops/{shop}/reviews:
    parameters: &scope
      - {name: country, in: path, required: true, schema: {type: string, pattern: '^[a-z]{2}$'}}
      - {name: shop, in: path, required: true, schema: {type: string}}
    get:
      operationId: findReviews
      parameters:
        - {name: page_size, in: query, x-paging: limit, schema: {type: integer, minimum: 1, default: 20}}
        - {name: rating__gte, in: query, x-filter: {path: rating, lookup: gte}, schema: {type: integer}}
        - {name: product_sku, in: query, x-filter: {path: product.sku, lookup: iexact}, schema: {type: string}}
        - name: ordering
          in: query
          x-ordering: true
          schema: {type: string, enum: [rating, -rating]}
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [results]
                properties:
                  count: {type: integer}
                  results: {type: array, items: {$ref: '#/components/schemas/Review'}}
        4XX: {$ref: '#/components/responses/Refused'}
    post:
      operationId: writeReview
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Draft'}}}
      responses:
        '201': {$ref: '#/components/responses/One'}
        4XX: {$ref: '#/components/responses/Refused'}
  /api/v2/countries/{country}/shops/{shop}/reviews/{review_id}:
    parameters: &one
      - {name: country, in: path, required: true, schema: {type: string, pattern: '^[a-z]{2}$'}}
      - {name: shop, in: path, required: true, schema: {type: string}}
      - {name: review_id, in: path, required: true, x-identity: id, schema: {type: string, format: uuid}}
    get:
      operationId: readReview
      responses:
        '200': {$ref: '#/components/responses/One'}
        4XX: {$ref: '#/components/responses/Refused'}
    delete:
      operationId: removeReview
      responses:
        '204': {description: gone}
        4XX: {$ref: '#/components/responses/Refused'}
  /api/v2/countries/{country}/shops/{shop}/reviews/{review_id}/hide:
    parameters: *one
    post:
      operationId: hideReview
      x-action: {field: state, value: hidden, refused: [hidden]}
      responses:
        '200': {$ref: '#/components/responses/One'}
        4XX: {$ref: '#/components/responses/Refused'}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Shop, x-unknown-key: nobody}
  responses:
    One:
      description: ok
      content: {application/json: {schema: {$ref: '#/components/schemas/Review'}}}
    Refused:
      description: no
      content:
        application/json:
          schema: {type: object, required: [reason], properties: {reason: {type: string}}}
  schemas:
    State:
      type: string
      enum: [pending, published, hidden]
      x-transitions: {level: documented, initial: pending, allowed: {pending: [published, hidden]}, final: [hidden]}
    Draft:
      type: object
      required: [product, rating]
      properties:
        product: {type: integer, x-reference: products}
        rating: {type: integer, minimum: 1, maximum: 5}
        price: {type: string, format: decimal}
        state: {$ref: '#/components/schemas/State'}
    Review:
      type: object
      required: [id, state, rating, product]
      properties:
        id: {type: string, format: uuid, readOnly: true}
        serial: {type: string, format: uuid, readOnly: true}
        created: {type: string, format: date-time, readOnly: true, x-set-on: create}
        state: {$ref: '#/components/schemas/State'}
        rating: {type: integer, minimum: 1, maximum: 5, nullable: true}
        price: {type: string, format: decimal, nullable: true}
        product:
          type: object
          x-table: products
          required: [id, sku]
          properties: {id: {type: integer}, sku: {type: string}}
"""

CONTRACTS = {"notes": NOTES, "reviews": REVIEWS}


@cache
def contract(name: str) -> Contract:
    """One of CONTRACTS, read."""
    document: dict[str, Any] = yaml.safe_load(CONTRACTS[name])
    return read_contract(document, files=(Path(f"{name}.yaml"),), fingerprint=name)
