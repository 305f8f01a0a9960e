/*
 * tree: SHA-256 for hash trees (RFC 6962 section 2.1), where setting up a digest costs as much as the hashing.
 *
 *	leaf = H(0x00 || entry)    node = H(0x01 || left || right)
 */
#ifndef CRYPT_TREE_H
#define CRYPT_TREE_H

#include "base/bytes.h"

void tree_leaf(struct bytes entry, uint8_t out[static 32]);
void tree_node(const uint8_t left[static 32], const uint8_t right[static 32], uint8_t out[static 32]);

#endif
