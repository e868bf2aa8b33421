/** What a data service must implement to be offered by the broker. */
@NullMarked
package io.paddock.contracts.spi;

import org.jspecify.annotations.NullMarked;
