/** How a keeper orders the leash, which alone starts and kills PostgreSQL. */
@NullMarked
package io.paddock.keeper.leash;

import org.jspecify.annotations.NullMarked;
