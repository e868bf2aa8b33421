/** The catalog, asked of the SPI and remembered. */
@NullMarked
package io.paddock.broker.catalog;

import org.jspecify.annotations.NullMarked;
