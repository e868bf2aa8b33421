/** How a service behind the broker meets its caller: who may call it, and how it tells errors. */
@NullMarked
package io.paddock.contracts.service;

import org.jspecify.annotations.NullMarked;
