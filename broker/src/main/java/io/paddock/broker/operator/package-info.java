/** What an operator can see and do: lists, interventions, a comparison of what is wanted with what there is. */
@NullMarked
package io.paddock.broker.operator;

import org.jspecify.annotations.NullMarked;
